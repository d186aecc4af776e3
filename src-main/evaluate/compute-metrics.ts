import type { Metrics } from '../contract/records.ts';
import { confusionAt, measuresAt } from '../statistics/confusion.ts';
import { aucOf, thresholdSteps } from '../statistics/roc.ts';

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

/** All measures of one list of answers at one threshold; null if a probability is not a number. */
export function measure(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  threshold = 0.5,
): Measures | null {
  const confusion = confusionAt(labels, probabilities, threshold);
  const steps = thresholdSteps(labels, probabilities);
  if (!confusion || !steps) return null;
  return { threshold, images: labels.length, ...measuresAt(confusion), auc: aucOf(steps) };
}
