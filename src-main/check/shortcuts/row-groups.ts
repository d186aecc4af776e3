import { shuffled } from '../../statistics/random.ts';

/** Images of one scan or patient, by their row; with the class that more of them have. */
export interface RowGroup {
  rows: readonly number[];
  label: 0 | 1;
}

/**
 * Rows in their groups, in the order of each group's first row.
 * @param groups of each row, any number. @param labels of each row; a group of both halves counts as class 1.
 */
export function rowGroups(groups: ArrayLike<number>, labels: ArrayLike<number>): RowGroup[] {
  const byGroup = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row += 1) {
    const rows = byGroup.get(groups[row]!);
    if (rows) rows.push(row);
    else byGroup.set(groups[row]!, [row]);
  }
  return [...byGroup.values()].map((rows) => {
    const ones = rows.filter((row) => labels[row] === 1).length;
    return { rows, label: 2 * ones >= rows.length ? 1 : 0 };
  });
}

/** The fold of each group, 0 to `folds` − 1: groups of each class are dealt in random order, so folds are alike. */
export function assignToFolds(groups: readonly RowGroup[], folds: number, random: () => number): Uint8Array {
  const fold = new Uint8Array(groups.length);
  let next = 0;
  for (const label of [0, 1]) {
    const ofClass = [...groups.keys()].filter((group) => groups[group]!.label === label);
    for (const at of shuffled(ofClass.length, random)) fold[ofClass[at]!] = next++ % folds;
  }
  return fold;
}
