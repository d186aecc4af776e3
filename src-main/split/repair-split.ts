import { partNames, type Part } from '../contract/records.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import { forEachInSteps, type Steps } from '../system/steps.ts';
import { improveInSteps } from './balance.ts';
import type { Divisible, Group } from './divisible-groups.ts';

/**
 * Mends parts that share groups: each group that came in several goes whole to one of them, so that every part holds
 * about as many images of each class as it came with. Groups that came in one part stay there. Which group goes where
 * is drawn from the seed. An image that came in no part counts as come in train.
 * @returns the part of each group, by its place.
 */
export function* repairedParts({ classes, groups }: Divisible, seed: number): Steps<Part[]> {
  const came: Part[][] = [];
  const given = Object.fromEntries(partNames.map((part) => [part, classes.map(() => 0)]));
  yield* forEachInSteps(groups, ({ images }) => {
    const parts = new Set(images.map(partOf));
    came.push(partNames.filter((part) => parts.has(part)));
    for (const image of images) given[partOf(image)]![classes.indexOf(image.className)]! += 1;
  });
  const open = partNames.filter((part) => came.some((parts) => parts.includes(part)));
  const free = came.flatMap((parts, place) => (parts.length > 1 ? [place] : []));
  // What each part came with, less the groups that stay there.
  const targets = open.map((part) => [...given[part]!]);
  yield* forEachInSteps(groups, ({ counts }, place) => {
    if (came[place]!.length > 1) return;
    const target = targets[open.indexOf(came[place]![0]!)]!;
    counts.forEach((count, index) => (target[index]! -= count));
  });
  const random = randomFrom(seed, 'mend');
  const order = shuffled(free.length, random).map((at) => free[at]!);
  const counts = order.map((place) => groups[place]!.counts);
  // Each begins in a part that it came in; then what is too full gives to what is not.
  const bins = order.map((place) => {
    const parts = came[place]!;
    return open.indexOf(parts[Math.floor(random() * parts.length)]!);
  });
  yield* improveInSteps({ counts, bins, targets });
  const mended = came.map(([first]) => first!);
  order.forEach((place, at) => (mended[place] = open[bins[at]!]!));
  return mended;
}

const partOf = ({ givenPart }: Group['images'][number]): Part => givenPart ?? 'train';
