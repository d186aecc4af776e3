import { randomFrom } from '../../statistics/random.ts';
import type { Binned } from './bins.ts';
import { growForest, type Training } from './random-forest.ts';
import { assignToFolds, type RowGroup } from './row-groups.ts';

/** What the folds of an audit have in common. */
export interface Setting {
  groups: readonly RowGroup[];
  /** 0 or 1 for each row. */
  labels: ArrayLike<number>;
  folds: number;
  seed: number;
}

/** The fold of each group in a repeat: the same whatever is evaluated, so that kinds can be compared. */
export const dealingOf = ({ groups, folds, seed }: Setting, repeat: number): Uint8Array =>
  assignToFolds(groups, folds, randomFrom(seed, `folds ${repeat}`));

/** Rows of a fold, in the order that `evaluateFold` evaluates them in. */
export const rowsOf = ({ groups }: Setting, dealing: Uint8Array, fold: number): number[] =>
  groups.filter((_, group) => dealing[group] === fold).flatMap(({ rows }) => rows);

/** Probability of class 1 for each row of a fold, from a forest grown on the other folds. It depends on nothing else. */
export async function evaluateFold(
  setting: Setting,
  features: Binned,
  repeat: number,
  fold: number,
  pause: (done: number, total: number) => Promise<void>,
): Promise<Float64Array> {
  const { groups, labels, seed } = setting;
  const dealing = dealingOf(setting, repeat);
  const forest = await growForest(
    features,
    byClass(
      groups.filter((_, group) => dealing[group] !== fold),
      labels,
    ),
    randomFrom(seed, `forest ${repeat} ${fold}`),
    pause,
  );
  return forest.predict(rowsOf(setting, dealing, fold));
}

/** A group with both labels is in both lists, with its rows of that label. */
function byClass(groups: readonly RowGroup[], labels: ArrayLike<number>): Training {
  const ofClass = (label: number) =>
    groups.map(({ rows }) => rows.filter((row) => labels[row] === label)).filter((rows) => rows.length > 0);
  return [ofClass(0), ofClass(1)];
}
