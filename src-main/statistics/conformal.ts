/**
 * Class-conditional (Mondrian) conformal prediction of two classes (Vovk, Gammerman and Shafer 2005, Algorithmic Learning
 * in a Random World, section 4.5), calibrated on groups of dependent scans: each group counts once, its scans share its
 * weight. The p-value of hierarchical conformal prediction (Lee, Barber and Willett 2023, arXiv:2306.06342): of the
 * groups and the new one, which counts as at least as unusual, the weight of the scans that are at least as unusual. Where
 * each scan is a group by itself it is the usual (#{at least as unusual} + 1) / (n + 1).
 *
 * Of a scan drawn from a new group, of those that are like the calibration's, the true class has a p-value at or below ε
 * with a probability of no more than ε: for each class by itself, and whatever the network is.
 */

/** A scan whose class is known, as a network that was not trained on it answers it. */
export type CalibrationScan = {
  /** Scans of one group (twins, a patient) are no independent evidence. */
  group: number;
  /** 1: the positive class. */
  label: 0 | 1;
  /** Of the positive class, 0 to 1. */
  probability: number;
};

/** How unusual the calibration scans of one class are for it. */
export type ClassCalibration = {
  /** 1 − the probability of the class, ascending. */
  scores: readonly number[];
  /** Of each score, the weight of the scans from it on; each scan weighs one over those of its group in this class. */
  reached: readonly number[];
  /** The weight of all. */
  groups: number;
};

/** By class, the negative first. */
export type Calibration = readonly [negative: ClassCalibration, positive: ClassCalibration];

/** How unusual a scan is for a class. @param probability of the positive class. */
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

/** Of which class a scan is how usual, 0 to 1. @param probability of the positive class. */
export function pValues(
  [negative, positive]: Calibration,
  probability: number,
): { positive: number; negative: number } {
  return {
    positive: pValue(positive, nonconformity(probability, 1)),
    negative: pValue(negative, nonconformity(probability, 0)),
  };
}

/** Equal scores count as at least as unusual, which keeps the promise with ties as well. */
function pValue({ scores, reached, groups }: ClassCalibration, score: number): number {
  const weight = reached[firstFrom(scores, score)] ?? 0;
  // Sums of parts such as 1/3 miss the whole by a rounding error, which must not push a p-value over 1 or over a rate.
  return Math.min(1, Math.round(((weight + 1) / (groups + 1)) * 1e12) / 1e12);
}

/** Where the first of the ascending values that is at least `least` stands; their count where none is. */
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
 * The word for a scan: its threshold's, unless the other class is too usual to be ruled out. So whatever the threshold is, of
 * each class no more than the error rate get the other one's name: that needs a p-value of the true class at or below it.
 * @param conformal null where nothing was calibrated: the threshold then answers alone.
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
 * The groups of a class that are needed before any p-value of it can be as low as the error rate: with fewer, the class is
 * never ruled out.
 */
export const groupsNeeded = (errorRate: number): number => Math.ceil(1 / errorRate - 1e-9) - 1;
