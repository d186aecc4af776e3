import { keysFor } from '../check/scan-groups.ts';
import { FalxError } from '../contract/errors.ts';
import type { Grouping } from '../contract/grouping.ts';
import { partNames, type Dataset, type Part } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';
import { quotasOf, type Fractions } from './assign.ts';
import type { Divisible, Group } from './divisible-groups.ts';

/** What makes a split impossible, in words. */

/** @throws FalxError `bad-split`. */
export function checkFractions({ test, validation }: Fractions): void {
  if (test > 0 && validation >= 0 && test + validation < 1) return;
  throw new FalxError('splitShares', { test, validation });
}

/** @throws FalxError `bad-split`. */
export function checkFolds({ test, validation }: Fractions, folds: number): void {
  if (Number.isInteger(folds) && folds >= 2 && folds <= 20 && validation >= 0 && test + validation < 1)
    return;
  throw new FalxError('splitFolds', { folds, validation });
}

/** Something must be known to group by. @throws FalxError `bad-usage`. */
export function checkGrouping(dataset: Dataset, images: readonly ImageOutline[], grouping: Grouping): void {
  if (grouping.by === 'patient' && images.every(({ patient }) => patient === null))
    throw new FalxError('splitNoPatients', { dataset: dataset.id, name: dataset.name, by: 'patient' });
  if (grouping.by === 'pattern' && keysFor(images, grouping).every((key) => key === null))
    throw new FalxError('splitPatternNothing', {
      dataset: dataset.id,
      pattern: grouping.pattern,
      name: dataset.name,
      example: images[0]?.file ?? '',
    });
}

export function nothingGiven(dataset: Dataset): FalxError {
  return new FalxError('splitNoGivenParts', { dataset: dataset.id, name: dataset.name });
}

/**
 * Every part that is asked for needs each class: without it nothing can be learned, chosen or evaluated there. And a
 * group that is larger than any part should be may not leave another with next to nothing.
 * @returns part → class name → images. @throws FalxError `bad-split`.
 */
export function checkParts(
  dataset: Dataset,
  all: Divisible,
  parts: readonly Part[],
  how: Fractions & { useGiven: boolean },
): Record<Part, Record<string, number>> {
  const classes = countByClass(all, parts);
  for (const part of partNames) {
    if (part === 'validation' && how.validation === 0) continue;
    for (const [name, count] of Object.entries(classes[part]))
      if (count === 0) throw withoutClass(dataset, all, part, name);
  }
  if (!how.useGiven) refuseCrowdedOut(all, classes, how);
  return classes;
}

function countByClass({ classes, groups }: Divisible, parts: readonly Part[]) {
  const none = () => Object.fromEntries(classes.map((name) => [name, 0]));
  const counts: Record<Part, Record<string, number>> = { train: none(), validation: none(), test: none() };
  groups.forEach((group, place) =>
    group.counts.forEach((count, index) => (counts[parts[place]!][classes[index]!]! += count)),
  );
  return counts;
}

function withoutClass(
  dataset: Dataset,
  { classes, groups }: Divisible,
  part: Part,
  className: string,
): FalxError {
  const index = classes.indexOf(className);
  const having = groups.filter(({ counts }) => counts[index]! > 0);
  const images = having.reduce((sum, { counts }) => sum + counts[index]!, 0);
  return new FalxError('splitWithoutClass', {
    dataset: dataset.id,
    part,
    className,
    images,
    groups: having.length,
    grouped: having.length < images ? 'yes' : 'no',
  });
}

function refuseCrowdedOut(
  all: Divisible,
  classes: Record<Part, Record<string, number>>,
  { test, validation }: Fractions,
): void {
  const quotas = Object.values(quotasOf(all, { test, validation }));
  const asked = (part: Part) => quotas.reduce((sum, quota) => sum + quota[part], 0);
  const room = Math.max(...partNames.map(asked));
  const largest = all.groups.reduce((most, group) => (sizeOf(group) > sizeOf(most) ? group : most));
  if (sizeOf(largest) <= room) return;
  const starved = partNames.find((part) => {
    const images = Object.values(classes[part]).reduce((sum, count) => sum + count, 0);
    return images < asked(part) / 2;
  });
  if (!starved) return;
  throw new FalxError('splitCrowdedOut', {
    images: sizeOf(largest),
    first: largest.images[0]!.file,
    room,
    part: starved,
    group: largest.images.slice(0, 3).map(({ file }) => file),
  });
}

const sizeOf = ({ images }: Group): number => images.length;
