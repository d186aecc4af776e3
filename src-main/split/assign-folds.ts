import { randomFrom, shuffled } from '../statistics/random.ts';
import { runToEnd, forEachInSteps, type Steps } from '../system/steps.ts';
import { improveInSteps } from './balance.ts';

/**
 * Deals whole groups into folds of about the same number of images of each class: large ones first, each into the fold
 * that lacks its images most, then moved and swapped until nothing helps.
 * @param counts group → class → images. @param folds 2 or more. @param seed draws the order of groups of one size.
 * @returns the fold of each group, from 0. The same counts and seed give the same folds.
 */
export const assignFolds = (counts: Counts, folds: number, seed: number): number[] =>
  runToEnd(assignFoldsInSteps(counts, folds, seed));

type Counts = readonly (readonly number[])[];

/** The same in steps. */
export function* assignFoldsInSteps(counts: Counts, folds: number, seed: number): Steps<number[]> {
  const classes = counts[0]?.length ?? 0;
  const all = Array.from({ length: classes }, (_, index) =>
    counts.reduce((sum, some) => sum + some[index]!, 0),
  );
  const target = all.map((images) => images / folds);
  const held = Array.from({ length: folds }, () => target.map(() => 0));
  const bins = counts.map(() => 0);
  const size = (group: number) => counts[group]!.reduce((sum, count) => sum + count, 0);
  const order = shuffled(counts.length, randomFrom(seed, `${folds} folds`)).sort((a, b) => size(b) - size(a));
  yield* forEachInSteps(order, (group) => {
    const some = counts[group]!;
    // How much fuller than they should be its classes would be there.
    const fullness = held.map((has) =>
      some.reduce(
        (sum, count, index) => sum + (count * (2 * has[index]! + count)) / Math.max(1, target[index]!),
        0,
      ),
    );
    const fold = fullness.indexOf(Math.min(...fullness));
    bins[group] = fold;
    some.forEach((count, index) => (held[fold]![index] = held[fold]![index]! + count));
  });
  yield* improveInSteps({ counts, bins, targets: held.map(() => target) });
  return bins;
}
