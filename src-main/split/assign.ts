import { partNames, type Part } from '../contract/records.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import { forEachInSteps, type Steps } from '../system/steps.ts';
import { improveInSteps } from './balance.ts';
import type { Divisible, Group } from './divisible-groups.ts';

export interface Fractions {
  test: number;
  validation: number;
}

/** Class name → part → images. */
export type Quotas = Readonly<Record<string, Record<Part, number>>>;

/** How many images of each class each part should get. */
export const quotasOf = ({ classes, groups }: Divisible, fractions: Fractions): Quotas =>
  Object.fromEntries(
    classes.map((name, index) => {
      const images = groups.reduce((sum, { counts }) => sum + counts[index]!, 0);
      return [name, shares(images, fractions)];
    }),
  );

/**
 * The part of each group, by its place. Groups are drawn at random while they fit, then moved and swapped until the
 * parts hold as near what they should as whole groups allow.
 * @param given the part that each group came in, to be kept; a part that none came in is drawn from the training part.
 * @param name of what is drawn: another name draws other groups from the same seed.
 */
export function* assignInSteps(
  { classes, groups }: Divisible,
  quotas: Quotas,
  { seed, given = null, name = '' }: { seed: number; given?: readonly Part[] | null; name?: string },
): Steps<Part[]> {
  const parts = groups.map((_, place): Part => given?.[place] ?? 'train');
  const isGiven = new Set(given);
  const drawn = (['test', 'validation'] as const).filter(
    (part) => !isGiven.has(part) && classes.some((className) => quotas[className]![part] > 0),
  );
  if (drawn.length === 0) return parts;

  const free = parts.flatMap((part, place) => (part === 'train' ? [place] : []));
  const left = Object.fromEntries(
    drawn.map((part) => [part, classes.map((className) => quotas[className]![part])]),
  ) as Record<Part, number[]>;
  for (const className of new Set(groups.map((group) => group.className))) {
    const ofClass = free.filter((place) => groups[place]!.className === className);
    yield;
    // The order is drawn from contents, not names or ids, so it is the same wherever the files lie.
    const order = shuffled(ofClass.length, randomFrom(seed, name + className)).map(
      (index) => ofClass[index]!,
    );
    yield;
    for (const part of drawn)
      yield* forEachInSteps(order, (place) => {
        if (parts[place] === 'train' && fits(groups[place]!, left[part])) parts[place] = part;
      });
  }
  yield* settling(groups, free, parts, ['train', ...drawn], { classes, quotas });
  return parts;
}

/** Whether a group has room in what is left of a part; if so it takes it. */
function fits({ counts }: Group, left: number[]): boolean {
  if (counts.some((count, index) => count > left[index]!)) return false;
  counts.forEach((count, index) => (left[index] = left[index]! - count));
  return true;
}

/** Mends what drawing at random could not fill. @param open the parts that free groups may lie in. */
function* settling(
  groups: readonly Group[],
  free: readonly number[],
  parts: Part[],
  open: readonly Part[],
  { classes, quotas }: { classes: readonly string[]; quotas: Quotas },
): Steps<void> {
  const counts = free.map((place) => groups[place]!.counts);
  const bins = free.map((place) => open.indexOf(parts[place]!));
  const drawn = open.slice(1).map((part) => classes.map((className) => quotas[className]![part]));
  // What the drawn parts leave, also where the training part has given some to parts that came as they are.
  const rest = classes.map((_, index) => {
    const all = counts.reduce((sum, count) => sum + count[index]!, 0);
    return Math.max(0, all - drawn.reduce((sum, target) => sum + target[index]!, 0));
  });
  yield* improveInSteps({ counts, bins, targets: [rest, ...drawn] });
  free.forEach((place, index) => (parts[place] = open[bins[index]!]!));
}

/**
 * How many of n images each part gets: largest remainders (Hamilton), ties to the earlier part. A part that is asked
 * for gets one image at least, where the training part can spare it.
 */
export function shares(n: number, { test, validation }: Fractions): Record<Part, number> {
  const wanted = { train: 1 - test - validation, validation, test };
  // Fractions such as 0.1 are not exact in binary: 0.7 × 10 must not lose a whole image to 6.999…
  const exact = partNames.map((part) => Math.round(n * wanted[part] * 1e9) / 1e9);
  const counts = exact.map(Math.floor);
  const order = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  const left = n - counts.reduce((sum, count) => sum + count, 0);
  for (const { index } of order.slice(0, left)) counts[index] = counts[index]! + 1;
  for (const index of [2, 1]) {
    if (counts[index] === 0 && exact[index]! > 0 && counts[0]! > 1) {
      counts[index] = 1;
      counts[0] = counts[0]! - 1;
    }
  }
  return { train: counts[0]!, validation: counts[1]!, test: counts[2]! };
}
