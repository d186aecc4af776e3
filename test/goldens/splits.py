"""How groups of images are dealt to parts and folds, written down once more, without what makes it fast in Falx.

Draws made groups, deals them, and writes the groups with the answers to splits.json, which test/split/stored.test.ts reads:
the same seed must give the same split with every version of Falx. Needs Python alone: python3 test/goldens/splits.py
"""

import hashlib
import json
import math
import pathlib
import random as made_by

PARTS = ["train", "validation", "test"]
MASK = 0xFFFFFFFF


def random_from(seed, name):
    """Mulberry32, started from FNV-1a of a name over a seed."""
    state = 0x811C9DC5 ^ seed
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & MASK

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & MASK
        t = ((state ^ (state >> 15)) * (1 | state)) & MASK
        t = ((t + ((t ^ (t >> 7)) * (61 | t))) & MASK) ^ t
        return (t ^ (t >> 14)) / 2**32

    return draw


def shuffled(n, draw):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = math.floor(draw() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def shares(n, test, validation):
    """Largest remainders; ties to the earlier part; one image at least for a part that is asked for."""
    exact = [math.floor(n * share * 1e9 + 0.5) / 1e9 for share in (1 - test - validation, validation, test)]
    counts = [math.floor(value) for value in exact]
    order = sorted(range(3), key=lambda index: (-(exact[index] - counts[index]), index))
    for index in order[: n - sum(counts)]:
        counts[index] += 1
    for index in (2, 1):
        if counts[index] == 0 and exact[index] > 0 and counts[0] > 1:
            counts[index] = 1
            counts[0] -= 1
    return dict(zip(PARTS, counts))


def cost(held, target):
    """Pearson's chi squared of the classes, and a thousandth of that of the whole size."""
    total = 0.0
    for has, wanted in zip(held, target):
        total += (has - wanted) * (has - wanted) / max(1, wanted)
    over = sum(held) - sum(target)
    return total + (1e-3 * (over * over)) / max(1, sum(target))


def lack(held, target):
    return sum(1 for has, wanted in zip(held, target) if wanted > 0 and has == 0)


def improve(counts, bins, targets):
    """Each time the move or swap that helps the worst bin most, until none does. Changes bins."""
    piles = {}
    for group, some in enumerate(counts):
        piles.setdefault((bins[group], tuple(some)), []).append(group)

    def held(bin):
        return [sum(counts[g][k] for g in range(len(counts)) if bins[g] == bin) for k in range(len(targets[0]))]

    while True:
        now = [held(bin) for bin in range(len(targets))]
        costs = [cost(has, target) for has, target in zip(now, targets)]
        lacks = [lack(has, target) for has, target in zip(now, targets)]
        worth = [1e12 * lacks[bin] + costs[bin] for bin in range(len(targets))]

        def gain(one, other, to):
            here, there = now[one[0]], now[to]
            back = other[1] if other else [0] * len(here)
            less = [has - out + into for has, out, into in zip(here, one[1], back)]
            more = [has + into - out for has, into, out in zip(there, one[1], back)]
            lacking = lacks[one[0]] + lacks[to] - lack(less, targets[one[0]]) - lack(more, targets[to])
            costing = costs[one[0]] + costs[to] - cost(less, targets[one[0]]) - cost(more, targets[to])
            return costing if lacking == 0 else 1e12 * lacking + costing

        filled = [key for key, groups in piles.items() if groups]
        best = None
        for bin in sorted(range(len(targets)), key=lambda bin: (-worth[bin], bin)):
            most = 1e-9 * (1 + costs[bin])
            changes = []
            for key in filled:
                tos = [bin] if key[0] != bin else [to for to in range(len(targets)) if to != bin]
                changes += [(key, None, to) for to in tos]
            changes += [(key, other, other[0]) for key in filled if key[0] == bin for other in filled if other[0] != bin]
            for change in changes:
                worth_it = gain(*change)
                if worth_it > most:
                    most, best = worth_it, change
            if best:
                break
        if not best:
            return
        one, other, to = best
        for (at, some), goes in [(one, to)] + ([(other, one[0])] if other else []):
            group = piles[(at, some)].pop()
            bins[group] = goes
            piles.setdefault((goes, some), []).append(group)


def quotas_of(classes, groups, test, validation):
    return [shares(sum(group["counts"][k] for group in groups), test, validation) for k in range(len(classes))]


def assign(classes, groups, quotas, seed, given=None, name=""):
    parts = [given[place] if given else "train" for place in range(len(groups))]
    drawn = [p for p in ("test", "validation") if p not in (given or []) and any(quota[p] > 0 for quota in quotas)]
    if not drawn:
        return parts
    free = [place for place, part in enumerate(parts) if part == "train"]
    left = {part: [quota[part] for quota in quotas] for part in drawn}
    for class_name in dict.fromkeys(group["className"] for group in groups):
        of_class = [place for place in free if groups[place]["className"] == class_name]
        order = [of_class[at] for at in shuffled(len(of_class), random_from(seed, name + class_name))]
        for part in drawn:
            for place in order:
                room = [has - count for has, count in zip(left[part], groups[place]["counts"])]
                if parts[place] == "train" and min(room) >= 0:
                    parts[place], left[part] = part, room
    opened = ["train", *drawn]
    counts = [groups[place]["counts"] for place in free]
    bins = [opened.index(parts[place]) for place in free]
    targets = [[quota[part] for quota in quotas] for part in drawn]
    rest = [
        max(0, sum(some[k] for some in counts) - sum(target[k] for target in targets)) for k in range(len(classes))
    ]
    improve(counts, bins, [rest, *targets])
    for place, bin in zip(free, bins):
        parts[place] = opened[bin]
    return parts


def assign_folds(counts, folds, seed):
    target = [sum(some[k] for some in counts) / folds for k in range(len(counts[0]))]
    held = [[0] * len(target) for _ in range(folds)]
    bins = [0] * len(counts)
    # Sorting is stable: groups of one size stay in the order drawn.
    for group in sorted(shuffled(len(counts), random_from(seed, f"{folds} folds")), key=lambda g: -sum(counts[g])):
        some = counts[group]
        fullness = []
        for has in held:
            full = 0.0
            for k, count in enumerate(some):
                full += (count * (2 * has[k] + count)) / max(1, target[k])
            fullness.append(full)
        fold = fullness.index(min(fullness))
        bins[group] = fold
        held[fold] = [has + count for has, count in zip(held[fold], some)]
    improve(counts, bins, [target] * folds)
    return bins


def repaired(classes, groups, seed):
    came, given = [], {part: [0] * len(classes) for part in PARTS}
    for group in groups:
        came.append([part for part in PARTS if any(image["given"] == part for image in group["images"])])
        for image in group["images"]:
            given[image["given"]][classes.index(image["className"])] += 1
    opened = [part for part in PARTS if any(part in parts for parts in came)]
    targets = [list(given[part]) for part in opened]
    for group, parts in zip(groups, came):
        if len(parts) == 1:
            at = opened.index(parts[0])
            targets[at] = [has - count for has, count in zip(targets[at], group["counts"])]
    free = [place for place, parts in enumerate(came) if len(parts) > 1]
    draw = random_from(seed, "mend")
    order = [free[at] for at in shuffled(len(free), draw)]
    bins = [opened.index(came[place][math.floor(draw() * len(came[place]))]) for place in order]
    if order:
        improve([groups[place]["counts"] for place in order], bins, targets)
    parts = [first[0] for first in came]
    for place, bin in zip(order, bins):
        parts[place] = opened[bin]
    return parts


def hash_of(images, grouping):
    lines = sorted((json.dumps([image["sha256"], image["file"]], separators=(",", ":"), ensure_ascii=False), image["part"]) for image in images)
    text = "".join(f'{line[:-1]},"{part}"]\n' for line, part in lines)
    return hashlib.sha256((text + json.dumps(grouping, separators=(",", ":"))).encode()).hexdigest()


SIZES = {
    "alone": lambda draw: 1,
    "twins and copies": lambda draw: 1 if draw.random() < 0.7 else draw.randint(1, 5),
    "patients": lambda draw: draw.randint(1, 24),
    "few huge, many small": lambda draw: min(40, math.ceil(1 / draw.random() ** 1.2)),
    "as many sizes as groups": lambda draw: draw.randint(1, 60),
}


def made_groups(what, images, classes):
    draw = made_by.Random(f"{what} {images} {len(classes)}")
    groups, made = [], 0
    while made < images:
        mixed = draw.random() if draw.random() < 0.2 else float(draw.random() < 0.6)
        some = []
        for _ in range(min(SIZES[what](draw), images - made)):
            name = classes[0] if draw.random() < mixed else draw.choice(classes[1:])
            given = "test" if draw.random() < 0.2 else "validation" if draw.random() < 0.1 else "train"
            some.append({"className": name, "given": given})
        made += len(some)
        counts = [sum(image["className"] == name for image in some) for name in classes]
        most = max(counts)
        first = min(name for name, count in zip(classes, counts) if count == most)
        groups.append({"className": first, "counts": counts, "images": some})
    return groups


def cases():
    for what in SIZES:
        for images in (70, 260, 500):
            classes = ["Tumour", "Healthy"] if images != 260 else ["Tumour", "Healthy", "Unsure"]
            groups = made_groups(what, images, classes)
            counts = [group["counts"] for group in groups]
            answers = []
            for test, validation, seed in ((0.2, 0.1, 7), (0.3, 0.15, 1), (0.25, 0, 99)):
                quotas = quotas_of(classes, groups, test, validation)
                asked = {"test": test, "validation": validation, "seed": seed}
                answers.append({"split": asked, "parts": assign(classes, groups, quotas, seed)})
            given = repaired(classes, groups, 2)
            answers.append({"repaired": {"seed": 2}, "parts": given})
            kept = [part if part != "validation" else "train" for part in given]
            asked = {"test": 0.2, "validation": 0.1, "seed": 3, "given": kept}
            quotas = quotas_of(classes, groups, 0.2, 0.1)
            answers.append({"split": asked, "parts": assign(classes, groups, quotas, 3, kept)})
            for folds, seed in ((5, 7), (10, 4), (3, 12)):
                answers.append({"folds": {"folds": folds, "seed": seed}, "bins": assign_folds(counts, folds, seed)})
            yield {"what": f"{images} images, {what}", "classes": classes, "groups": groups, "answers": answers}


def hashed():
    draw = made_by.Random("hash")
    names = ["a.png", "b/ü.png", 'quote".png', "back\\slash.png", "日本.png"]
    images = [
        {"sha256": hashlib.sha256(name.encode()).hexdigest(), "file": name, "part": draw.choice(PARTS)} for name in names
    ]
    grouping = {"by": "twins"}
    text = [{**image} for image in images]
    return {"images": text, "grouping": grouping, "hash": hash_of(images, grouping)}


def plain(groups):
    """As short as can be: of each group the class and part of each image as two letters."""
    return ["".join(f"{image['className'][0]}{image['given'][1]}" for image in group["images"]) for group in groups]


if __name__ == "__main__":
    written = []
    for case in cases():
        short = {**case, "groups": plain(case["groups"])}
        for answer in short["answers"]:
            if "parts" in answer:
                answer["parts"] = "".join(part[1] for part in answer["parts"])
            if "given" in answer.get("split", {}):
                answer["split"]["given"] = "".join(part[1] for part in answer["split"]["given"])
        written.append(json.dumps(short))
    file = pathlib.Path(__file__).with_name("splits.json")
    file.write_text('{"hashed": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(hashed()), ",\n".join(written)))
