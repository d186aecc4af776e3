import type { Metrics, Share } from '../contract/records.ts';

/**
 * What a two-class classifier's answers are worth at a threshold, from its probabilities and the true labels.
 *
 * Everywhere in this folder `labels` holds 1 for the positive class (tumour) and 0 for the other, `probabilities` the
 * network's probability of the positive class, 0 to 1, in the same order. A scan is called positive when its
 * probability is at or above the threshold. A probability that is not a number is no answer at all: counting
 * it as "negative" would flatter the specificity, so every measure of such a list is null.
 */

export type Confusion = Metrics['confusion'];

/** What is read off a confusion matrix; shares are null where there is nothing to share. */
export type MeasuresAtThreshold = { confusion: Confusion } & Pick<
  Metrics,
  'accuracy' | 'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'f1'
>;

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

/** All measures that a confusion matrix holds. */
export function measuresAt(confusion: Confusion): MeasuresAtThreshold {
  return { confusion, ...sharesOf(confusion), f1: f1Of(confusion) };
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

/** Whether every probability is a number. @throws RangeError for lists of different lengths. */
export function answersAll(labels: ArrayLike<number>, probabilities: ArrayLike<number>): boolean {
  if (labels.length !== probabilities.length)
    throw new RangeError(`${labels.length} labels but ${probabilities.length} probabilities`);
  for (let i = 0; i < probabilities.length; i++) if (Number.isNaN(probabilities[i]!)) return false;
  return true;
}

function share(count: number, of: number): Share {
  return { value: of === 0 ? null : count / of, count, of };
}
