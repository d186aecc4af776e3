import {
  confusionOf,
  rocPoints as pointsOf,
  aucOf,
  thresholdSteps,
  type RocPoint,
  type Step,
} from '../../src-main/statistics/roc.ts';
import { measuresAt, type MeasuresAtThreshold } from '../../src-main/statistics/confusion.ts';

/**
 * Measures at a threshold, computed in the window so that dragging the threshold updates at once.
 * A scan is called positive at or above the threshold; `label` 1 is the positive class.
 */

export type LabelledProbability = { label: 0 | 1; probability: number };

/** All measures at a threshold. The scans are sorted once, however many thresholds are tried. */
export const measuresAtThreshold = (
  scans: readonly LabelledProbability[],
  threshold: number,
): MeasuresAtThreshold => measuresAt(confusionOf(stepsOf(scans), threshold));

/** The ROC curve; empty when one class is absent. */
export const rocPoints = (scans: readonly LabelledProbability[]): RocPoint[] => pointsOf(stepsOf(scans));

/** Area under the ROC curve; null when one class is absent. */
export const auc = (scans: readonly LabelledProbability[]): number | null => aucOf(stepsOf(scans));

/** Cached: the lists are never changed, and dragging the threshold needs the same ones again and again. */
const sorted = new WeakMap<readonly LabelledProbability[], readonly Step[]>();

/** @throws RangeError when a probability is not a number: the core keeps no such answers. */
function stepsOf(scans: readonly LabelledProbability[]): readonly Step[] {
  const known = sorted.get(scans);
  if (known) return known;
  const steps = thresholdSteps(
    scans.map(({ label }) => label),
    scans.map(({ probability }) => probability),
  );
  if (!steps) throw new RangeError('Expected probabilities but received NaN.');
  sorted.set(scans, steps);
  return steps;
}
