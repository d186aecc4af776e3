/**
 * Class-conditional (Mondrian) conformal prediction of two classes (Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a
 * Random World, section 4.5), calibrated on groups of dependent scans: each group counts once, and its scans share its weight. The
 * p-value of hierarchical conformal prediction (Lee, Barber and Willett 2023, arXiv:2306.06342): the weight of the scans that are
 * at least as nonconforming, plus 1 for the new group, over the number of groups plus 1. If each scan is a group by itself it is
 * the usual (#{at least as nonconforming} + 1) / (n + 1).
 * For a scan from a new group, exchangeable with the calibration groups, the true class has a p-value at or below ε with a
 * probability of at most ε: for each class by itself, and whatever the network is.
 */

/** A scan whose class is known, as answered by a network that was not trained on it. */
export type CalibrationScan = {
  /** Scans of one group (twins, a patient) are not independent evidence. */
  group: number;
  /** 1: the positive class. */
  label: 0 | 1;
  /** Of the positive class, 0 to 1. */
  probability: number;
};

/** Nonconformity scores of the calibration scans of one class. */
export type ClassCalibration = {
  /** 1 − the probability of the class, ascending. */
  scores: readonly number[];
  /** For each score, the weight of the scans from it on; each scan weighs 1 / the number of its group's scans in this class. */
  reached: readonly number[];
  /** The total weight. */
  groups: number;
};

/** By class, the negative first. */
export type Calibration = readonly [negative: ClassCalibration, positive: ClassCalibration];

/** How nonconforming a scan is for a class. @param probability of the positive class. */
export const nonconformity = (probability: number, label: 0 | 1): number =>
  label === 1 ? 1 - probability : probability;

export function calibrate(scans: readonly CalibrationScan[]): Calibration {
  return [calibrateClass(scans, 0), calibrateClass(scans, 1)];
}

function calibrateClass(scans: readonly CalibrationScan[], label: 0 | 1): ClassCalibration {
  const own = scans.filter((scan) => scan.label === label);
  const sizes = new Map<number, number>();
  for (const { group } of own) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const sorted = own
    .map((scan) => ({ score: nonconformity(scan.probability, label), weight: 1 / sizes.get(scan.group)! }))
    .sort((a, b) => b.score - a.score || a.weight - b.weight);
  let upTo = 0;
  return {
    scores: sorted.map(({ score }) => score).reverse(),
    reached: sorted.map(({ weight }) => (upTo += weight)).reverse(),
    groups: sizes.size,
  };
}

/** The p-value of each class for a scan, 0 to 1. @param probability of the positive class. */
export function pValues(
  [negative, positive]: Calibration,
  probability: number,
): { positive: number; negative: number } {
  return {
    positive: pValue(positive, nonconformity(probability, 1)),
    negative: pValue(negative, nonconformity(probability, 0)),
  };
}

/** Equal scores count as at least as nonconforming, which keeps the guarantee with ties as well. */
function pValue({ scores, reached, groups }: ClassCalibration, score: number): number {
  const weight = reached[firstFrom(scores, score)] ?? 0;
  // Sums of fractions such as 1/3 have rounding errors, which must not push a p-value above 1 or above a rate.
  return Math.min(1, Math.round(((weight + 1) / (groups + 1)) * 1e12) / 1e12);
}

/** Index of the first of the ascending values that is at least `least`; their count if there is none. */
function firstFrom(values: readonly number[], least: number): number {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle]! >= least) to = middle;
    else from = middle + 1;
  }
  return from;
}

/**
 * The answer for a scan: its threshold's, unless the other class can't be ruled out. So whatever the threshold is, at most the
 * error rate of each class gets the other one's name: that requires a p-value of the true class at or below it.
 * @param conformal null if nothing was calibrated: the threshold then decides alone.
 */
export function wordOf(
  probability: number,
  threshold: number,
  conformal: { errorRate: number; positive: number; negative: number } | null,
): 'positive' | 'negative' | 'unsure' {
  const word = probability >= threshold ? 'positive' : 'negative';
  const other = word === 'positive' ? 'negative' : 'positive';
  return conformal !== null && conformal[other] > conformal.errorRate ? 'unsure' : word;
}

/**
 * The number of a class's groups needed for any p-value of it to be as low as the error rate: with fewer, the class is never ruled
 * out.
 */
export const groupsNeeded = (errorRate: number): number => Math.ceil(1 / errorRate - 1e-9) - 1;
