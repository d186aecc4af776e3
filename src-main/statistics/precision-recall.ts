import type { Step } from './roc.ts';

/** One point of the precision–recall curve: PPV and sensitivity of the scans at or above `threshold`. */
export type PrecisionRecallPoint = { threshold: number; ppv: number; sensitivity: number };

/** A point for each step, from the highest threshold down. Empty without a positive scan. */
export function precisionRecall(steps: readonly Step[]): PrecisionRecallPoint[] {
  const positives = steps.at(-1)?.tp ?? 0;
  if (positives === 0) return [];
  return steps.map(({ threshold, tp, fp }) => ({
    threshold,
    ppv: tp / (tp + fp),
    sensitivity: tp / positives,
  }));
}

/**
 * Area under the precision–recall curve as average precision: each step's PPV times the sensitivity it adds, without the optimistic
 * linear interpolation between points (Davis and Goadrich 2006, ICML). Null without a positive scan.
 */
export function averagePrecision(steps: readonly Step[]): number | null {
  const positives = steps.at(-1)?.tp ?? 0;
  if (positives === 0) return null;
  let [sum, before] = [0, 0];
  for (const { tp, fp } of steps) {
    if (tp > before) sum += ((tp - before) * tp) / (tp + fp);
    before = tp;
  }
  return sum / positives;
}
