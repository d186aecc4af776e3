import type { Shortcut } from '../../contract/check.ts';
import { drawUnits, percentileInterval, REPLICATES } from '../../statistics/bootstrap.ts';
import { meanLowOfAll, type Interval } from '../../statistics/intervals.ts';
import type { RowGroup } from './row-groups.ts';

export interface Accuracy extends Interval {
  balancedAccuracy: number;
}

/**
 * What a lower end of the interval says. More than a tenth of the way from chance (0.5) to certainty is a notice, so
 * that chance alone hardly ever gives one; more than half of the way is a warning.
 */
export const verdictOf = (low: number): Shortcut['verdict'] =>
  low > 0.75 ? 'warn' : low > 0.55 ? 'notice' : 'fine';

/**
 * Balanced accuracy, the mean of both classes' recall, with every group counting as one: an image weighs 1 over the
 * images of its group. Of several repeats it is the mean. The interval is the percentile interval of a cluster
 * bootstrap: whole groups are drawn with replacement (Field and Welsh 2007, J R Stat Soc B 69), since images of one
 * group are no independent evidence, each with its answers of one repeat, drawn as well: repeats are no further
 * evidence, and an interval of their means would be too narrow. Where no group is mistaken there is nothing to vary,
 * and the lower end is that of the exact binomial interval instead.
 * @param called by repeat: the class each row was taken for.
 */
export function balancedAccuracy(
  groups: readonly RowGroup[],
  labels: ArrayLike<number>,
  called: readonly ArrayLike<number>[],
  random: () => number,
): Accuracy {
  const tallies = called.map((classes) => talliesOf(groups, labels, classes));
  const value = tallies.reduce((sum, its) => sum + meanRecall([its]), 0) / tallies.length;
  if (Number.isNaN(value)) throw new RangeError('Both classes must be present.');
  const drawn: number[] = [];
  while (drawn.length < REPLICATES) {
    const replicate = meanRecall(tallies, random);
    if (!Number.isNaN(replicate)) drawn.push(replicate); // a class may be missing where few images have it
  }
  const { low, high } = percentileInterval(drawn);
  return { balancedAccuracy: value, low: value === 1 ? exactLow(tallies[0]!) : low, high };
}

/** Weights of each group: all and right ones of class 0, then of class 1. */
function talliesOf(
  groups: readonly RowGroup[],
  labels: ArrayLike<number>,
  called: ArrayLike<number>,
): Float64Array {
  const tallies = new Float64Array(4 * groups.length);
  groups.forEach(({ rows }, group) => {
    for (const row of rows) {
      const at = 4 * group + (labels[row] === 1 ? 2 : 0);
      tallies[at]! += 1 / rows.length;
      if (labels[row] === called[row]) tallies[at + 1]! += 1 / rows.length;
    }
  });
  return tallies;
}

/**
 * Of all groups in one repeat, or of as many drawn at random, each in a repeat at random.
 * @returns NaN when a class is missing.
 */
function meanRecall(repeats: readonly Float64Array[], random?: () => number): number {
  let negatives = 0;
  let trueNegatives = 0;
  let positives = 0;
  let truePositives = 0;
  const groups = repeats[0]!.length / 4;
  const add = (group: number) => {
    const at = 4 * group;
    const tallies = repeats[random && repeats.length > 1 ? Math.floor(random() * repeats.length) : 0]!;
    negatives += tallies[at]!;
    trueNegatives += tallies[at + 1]!;
    positives += tallies[at + 2]!;
    truePositives += tallies[at + 3]!;
  };
  if (random) drawUnits(groups, random, add);
  else for (let group = 0; group < groups; group += 1) add(group);
  // Sums of parts such as 1/3 miss the whole by a rounding error.
  return Math.min(1, (trueNegatives / negatives + truePositives / positives) / 2);
}

function exactLow(tallies: Float64Array): number {
  const groupsOf = (of: 0 | 2) => tallies.filter((weight, at) => at % 4 === of && weight > 0).length;
  return meanLowOfAll([groupsOf(0), groupsOf(2)]);
}
