import type { Metrics, Share } from '../contract/records.ts';

/**
 * What a two-class classifier's answers are worth, from its probabilities and the true labels.
 *
 * Everywhere here `labels` holds 1 for the positive class (tumour) and 0 for the other, `probabilities` the
 * network's probability of the positive class, 0 to 1, in the same order. A scan is called positive when its
 * probability is at or above the threshold. A probability that is not a number is no answer at all: counting
 * it as "negative" would flatter the specificity, so every measure of such a list is null.
 */

export type Confusion = Metrics['confusion'];

export type Measures = Pick<
  Metrics,
  | 'threshold'
  | 'images'
  | 'confusion'
  | 'accuracy'
  | 'sensitivity'
  | 'specificity'
  | 'ppv'
  | 'npv'
  | 'f1'
  | 'auc'
>;

/** One point of the ROC curve: the scans at or above `threshold`, and the shares they make of their class. */
export type RocPoint = {
  /** Infinity for the first point, at which nothing is called positive. */
  threshold: number;
  tp: number;
  fp: number;
  sensitivity: number;
  /** 1 − specificity. */
  falsePositiveRate: number;
};

/** All measures of one list at one threshold; null when a probability is not a number. */
export function measure(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  threshold = 0.5,
): Measures | null {
  const confusion = confusionAt(labels, probabilities, threshold);
  if (!confusion) return null;
  return {
    threshold,
    images: labels.length,
    confusion,
    ...sharesOf(confusion),
    f1: f1Of(confusion),
    auc: rocAuc(labels, probabilities),
  };
}

/** Counts of the four outcomes; null when a probability is not a number. */
export function confusionAt(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  threshold: number,
): Confusion | null {
  if (!answersAll(labels, probabilities)) return null;
  const confusion = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (let i = 0; i < labels.length; i++) {
    const called = probabilities[i]! >= threshold;
    if (labels[i] === 1) confusion[called ? 'tp' : 'fn']++;
    else confusion[called ? 'fp' : 'tn']++;
  }
  return confusion;
}

/** The five shares read off a confusion matrix, each with its counts. */
export function sharesOf({ tp, fp, tn, fn }: Confusion) {
  return {
    accuracy: share(tp + tn, tp + tn + fp + fn),
    sensitivity: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    ppv: share(tp, tp + fp),
    npv: share(tn, tn + fn),
  };
}

/** Harmonic mean of sensitivity and PPV, 2 tp / (2 tp + fp + fn); null when nothing is or is called positive. */
export function f1Of({ tp, fp, fn }: Confusion): number | null {
  const denominator = 2 * tp + fp + fn;
  return denominator === 0 ? null : (2 * tp) / denominator;
}

/**
 * Area under the ROC curve: the chance that a random positive scan has a higher probability than a random
 * negative one, equal probabilities counting one half (the Mann–Whitney U statistic over n₁ n₀; Hanley & McNeil 1982).
 * Null when one of the classes is absent or a probability is not a number.
 */
export function rocAuc(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number | null {
  if (!answersAll(labels, probabilities)) return null;
  let positives = 0;
  let negatives = 0;
  let wins = 0; // pairs won by the positive scan, ties one half
  for (const group of groupsByProbability(labels, probabilities).reverse()) {
    wins += group.positives * (negatives + group.negatives / 2);
    positives += group.positives;
    negatives += group.negatives;
  }
  return positives === 0 || negatives === 0 ? null : wins / (positives * negatives);
}

/**
 * The ROC curve, one point for each distinct probability from the highest down, and (0, 0) before them.
 * Empty when one of the classes is absent or a probability is not a number.
 */
export function rocPoints(labels: ArrayLike<number>, probabilities: ArrayLike<number>): RocPoint[] {
  if (rocAuc(labels, probabilities) === null) return [];
  const groups = groupsByProbability(labels, probabilities);
  const positives = groups.reduce((sum, group) => sum + group.positives, 0);
  const negatives = groups.reduce((sum, group) => sum + group.negatives, 0);
  let tp = 0;
  let fp = 0;
  const point = (threshold: number): RocPoint => ({
    threshold,
    tp,
    fp,
    sensitivity: tp / positives,
    falsePositiveRate: fp / negatives,
  });
  const points = [point(Infinity)];
  for (const group of groups) {
    tp += group.positives;
    fp += group.negatives;
    points.push(point(group.probability));
  }
  return points;
}

function share(count: number, of: number): Share {
  return { value: of === 0 ? null : count / of, count, of };
}

function answersAll(labels: ArrayLike<number>, probabilities: ArrayLike<number>): boolean {
  if (labels.length !== probabilities.length)
    throw new RangeError(`${labels.length} labels but ${probabilities.length} probabilities`);
  for (let i = 0; i < probabilities.length; i++) if (Number.isNaN(probabilities[i]!)) return false;
  return true;
}

type Group = { probability: number; positives: number; negatives: number };

/** How many scans of each class share each distinct probability, highest probability first. */
function groupsByProbability(labels: ArrayLike<number>, probabilities: ArrayLike<number>): Group[] {
  const order = Array.from(labels, (_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const groups: Group[] = [];
  for (const i of order) {
    const probability = probabilities[i]!;
    let group = groups.at(-1);
    if (!group || group.probability !== probability) {
      group = { probability, positives: 0, negatives: 0 };
      groups.push(group);
    }
    if (labels[i] === 1) group.positives++;
    else group.negatives++;
  }
  return groups;
}
