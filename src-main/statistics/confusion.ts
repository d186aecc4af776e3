import type { Metrics, Share } from '../contract/records.ts';

/**
 * The performance of a two-class classifier at a threshold, from its probabilities and the true labels.
 * Everywhere in this folder `labels` are 1 for the positive class and 0 for the other, and `probabilities` the network's
 * probabilities of the positive class, 0 to 1, in the same order. A scan is called positive if its probability is at or above the
 * threshold. NaN is no answer at all: counting it as "negative" would flatter the specificity, so every measure of a list with it
 * is null.
 */

export type Confusion = Metrics['confusion'];

/** Numerator and denominator of a proportion. */
export type Counts = Pick<Share, 'count' | 'of'>;

/** Measures that follow from a confusion matrix; proportions are null if the denominator is 0. */
export type MeasuresAtThreshold = { confusion: Confusion } & Pick<
  Metrics,
  'accuracy' | 'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'f1'
>;

/** Counts of the four outcomes; null if a probability is not a number. */
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

/** All measures of a confusion matrix. */
export function measuresAt(confusion: Confusion): MeasuresAtThreshold {
  return { confusion, ...sharesOf(confusion), f1: f1Of(confusion) };
}

/** The proportions in a confusion matrix, each with its counts. */
export const shareOf = {
  accuracy: ({ tp, fp, tn, fn }: Confusion) => share(tp + tn, tp + tn + fp + fn),
  sensitivity: ({ tp, fn }: Confusion) => share(tp, tp + fn),
  specificity: ({ tn, fp }: Confusion) => share(tn, tn + fp),
  ppv: ({ tp, fp }: Confusion) => share(tp, tp + fp),
  npv: ({ tn, fn }: Confusion) => share(tn, tn + fn),
} as const;

/** All five of them. */
export const sharesOf = (confusion: Confusion) => ({
  accuracy: shareOf.accuracy(confusion),
  sensitivity: shareOf.sensitivity(confusion),
  specificity: shareOf.specificity(confusion),
  ppv: shareOf.ppv(confusion),
  npv: shareOf.npv(confusion),
});

/** Numerator and denominator of F1: 2 tp of 2 tp + fp + fn. They are not counts of scans. */
export const f1CountsOf = ({ tp, fp, fn }: Confusion): Counts => ({ count: 2 * tp, of: 2 * tp + fp + fn });

/** Harmonic mean of sensitivity and PPV; null if nothing is, or is called, positive. */
export function f1Of(confusion: Confusion): number | null {
  const { count, of } = f1CountsOf(confusion);
  return of === 0 ? null : count / of;
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
