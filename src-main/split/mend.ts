import { partNames, type Part } from '../contract/records.ts';
import { randomFrom, shuffled } from '../graph/random.ts';
import { improve } from './balance.ts';
import type { Divisible, Group } from './groups.ts';

/**
 * Mends parts that share groups: each group that came in several goes whole to one of them, so that every part holds
 * about as many images of each class as it came with. Groups that came in one part stay there. Which group goes where
 * is drawn from the seed. An image that came in no part counts as come in train.
 */
export function mended({ classes, groups }: Divisible, seed: number): Divisible {
  const came = (group: Group) =>
    partNames.filter((part) => group.images.some((image) => partOf(image) === part));
  const open = partNames.filter((part) => groups.some((group) => came(group).includes(part)));
  const free = groups.flatMap((group, place) => (came(group).length > 1 ? [place] : []));
  const settled = groups.filter((group) => came(group).length === 1);
  const target = open.map((part) =>
    classes.map((className, index) => {
      const given = groups
        .flatMap(({ images }) => images)
        .filter((image) => image.className === className && partOf(image) === part).length;
      const there = settled.filter((group) => came(group)[0] === part);
      return given - there.reduce((sum, { counts }) => sum + counts[index]!, 0);
    }),
  );
  const random = randomFrom(seed, 'mend');
  const order = shuffled(free.length, random).map((at) => free[at]!);
  const counts = order.map((place) => groups[place]!.counts);
  // Each begins in a part that it came in; then what is too full gives to what is not.
  const bins = order.map((place) => {
    const parts = came(groups[place]!);
    return open.indexOf(parts[Math.floor(random() * parts.length)]!);
  });
  improve({ counts, bins, targets: target });
  const part = new Map(order.map((place, at) => [place, open[bins[at]!]!]));
  return {
    classes,
    groups: groups.map((group, place) => ({ ...group, given: part.get(place) ?? came(group)[0]! })),
  };
}

const partOf = ({ givenPart }: Group['images'][number]): Part => givenPart ?? 'train';
