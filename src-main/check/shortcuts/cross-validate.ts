import { randomFrom } from '../../statistics/random.ts';
import { balancedAccuracy, type Accuracy } from './accuracy.ts';
import type { Binned } from './bins.ts';
import { dealingOf, rowsOf, type Setting } from './fold.ts';
import { FoldThreads } from './fold-threads.ts';
import { rowGroups, type RowGroup } from './row-groups.ts';

export interface CrossValidation extends Accuracy {
  groups: readonly RowGroup[];
  folds: number;
  /** By repeat: the fold of each group. */
  assignments: Uint8Array[];
  /** Probability of class 1 for each row, from the forests that had not seen its group: the mean over repeats. */
  probabilities: Float64Array;
  /** By repeat: the class each row was taken for. */
  predicted: Uint8Array[];
}

export const MOST_FOLDS = 5;

/**
 * Which groups fall into a fold together is chance, and moves the figure of a small dataset by several hundredths. So
 * groups are dealt again and again; large datasets, where it moves little, less often.
 */
const MOST_REPEATS = 20;
const GROUPS_IN_ALL = 6_000;

const repeatsFor = (groups: number): number =>
  Math.max(1, Math.min(MOST_REPEATS, Math.round(GROUPS_IN_ALL / groups)));

/** What all cross-validations of the same rows have in common, whatever their features. */
export function settingOf(labels: ArrayLike<number>, groups: ArrayLike<number>, seed: number): Setting {
  const all = rowGroups(groups, labels);
  const folds = Math.max(2, Math.min(MOST_FOLDS, ...groupsByClass(all)));
  return { groups: all, labels: Uint8Array.from(labels), folds, seed };
}

/**
 * How well features tell two classes apart: repeated cross-validation over whole groups, a random forest a fold. The
 * balanced accuracy is the mean over the repeats (Kim 2009, Comput Stat Data Anal 53), that of one forest and not of
 * all of them together.
 * @param features columns of all rows. @param labels 0 or 1 for each row. @param groups a number for each row.
 * @param pause called often: may wait, or throw to break off; with how far it is, 0 to 1.
 * @param repeats as many as steady the figure, by default. @param threads how many, as in `FoldThreads`; or those of this setting.
 */
export async function crossValidate(
  features: Binned,
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  seed: number,
  pause: (share: number) => Promise<void>,
  repeats?: number,
  threads?: number | FoldThreads,
): Promise<CrossValidation> {
  const setting = settingOf(labels, groups, seed);
  const { groups: all, folds } = setting;
  const times = repeats ?? repeatsFor(all.length);
  const tasks = Array.from({ length: times * folds }, (_, at) => ({
    repeat: Math.floor(at / folds),
    fold: at % folds,
  }));
  const crew = threads instanceof FoldThreads ? threads : new FoldThreads(setting, threads);
  let evaluated: Float64Array[];
  try {
    evaluated = await crew.all(features, tasks, pause);
  } finally {
    if (crew !== threads) await crew.close();
  }
  const probabilities = new Float64Array(labels.length);
  const predicted: Uint8Array[] = [];
  const assignments: Uint8Array[] = [];
  for (let repeat = 0; repeat < times; repeat += 1) {
    const fold = dealingOf(setting, repeat);
    const classes = new Uint8Array(labels.length);
    assignments.push(fold);
    predicted.push(classes);
    for (let k = 0; k < folds; k += 1) {
      const rows = rowsOf(setting, fold, k);
      evaluated[repeat * folds + k]!.forEach((probability, at) => {
        const row = rows[at]!;
        probabilities[row]! += probability / times;
        classes[row] = Number(probability >= 0.5);
      });
    }
  }
  const accuracy = balancedAccuracy(all, labels, predicted, randomFrom(seed, 'bootstrap'));
  return { ...accuracy, groups: all, folds, assignments, probabilities, predicted };
}

/** How many groups count for class 0, and for class 1. */
export const groupsByClass = (groups: readonly RowGroup[]): [number, number] => [
  groups.filter(({ label }) => label === 0).length,
  groups.filter(({ label }) => label === 1).length,
];
