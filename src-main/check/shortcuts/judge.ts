import { randomFrom } from '../../graph/random.ts';
import { balancedAccuracy, type Accuracy } from './accuracy.ts';
import type { Binned } from './bins.ts';
import { dealt, rowGroups, type RowGroup } from './folds.ts';
import { growForest, type Training } from './random-forest.ts';

export interface Judged extends Accuracy {
  groups: readonly RowGroup[];
  folds: number;
  /** The fold of each group. */
  fold: Uint8Array;
  /** Probability of class 1 for each row, from the forest that had not seen its group. */
  probabilities: Float64Array;
}

export const MOST_FOLDS = 5;

/**
 * How well features tell two classes apart: cross-validation over whole groups, a random forest a fold.
 * @param features columns of all rows. @param labels 0 or 1 for each row. @param groups a number for each row.
 * @param pause called often: may wait, or throw to break off; with how far it is, 0 to 1.
 */
export async function judge(
  features: Binned,
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  seed: number,
  pause: (share: number) => Promise<void>,
): Promise<Judged> {
  const all = rowGroups(groups, labels);
  const folds = Math.max(2, Math.min(MOST_FOLDS, ...groupsByClass(all)));
  // The same folds whatever is judged, so that kinds can be compared.
  const fold = dealt(all, folds, randomFrom(seed, 'folds'));
  const probabilities = new Float64Array(labels.length);
  for (let k = 0; k < folds; k += 1) {
    const forest = await growForest(
      features,
      byClass(
        all.filter((_, group) => fold[group] !== k),
        labels,
      ),
      randomFrom(seed, `forest ${k}`),
      (done, total) => pause((k + done / total) / folds),
    );
    const rows = all.filter((_, group) => fold[group] === k).flatMap((group) => group.rows);
    forest.predict(rows).forEach((probability, at) => (probabilities[rows[at]!] = probability));
  }
  const called = Uint8Array.from(probabilities, (probability) => Number(probability >= 0.5));
  const accuracy = balancedAccuracy(all, labels, called, randomFrom(seed, 'bootstrap'));
  return { ...accuracy, groups: all, folds, fold, probabilities };
}

/** How many groups count for class 0, and for class 1. */
export const groupsByClass = (groups: readonly RowGroup[]): [number, number] => [
  groups.filter(({ label }) => label === 0).length,
  groups.filter(({ label }) => label === 1).length,
];

/** A group with both labels is in both lists, with its rows of that label. */
function byClass(groups: readonly RowGroup[], labels: ArrayLike<number>): Training {
  const ofClass = (label: number) =>
    groups.map(({ rows }) => rows.filter((row) => labels[row] === label)).filter((rows) => rows.length > 0);
  return [ofClass(0), ofClass(1)];
}
