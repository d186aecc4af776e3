import type { Step } from './roc.ts';

/** How a threshold is chosen on the validation set. */
export type ThresholdRule =
  /** The highest sensitivity + specificity (Youden 1950, Cancer 3, 32–35). */
  | { by: 'youden' }
  /** The highest threshold with at least this sensitivity. */
  | { by: 'sensitivity'; least: number }
  /** The lowest threshold with at least this specificity. */
  | { by: 'specificity'; least: number }
  /** The lowest cost, if missing a positive scan costs as much as this many false alarms. */
  | { by: 'cost'; missOverFalseAlarm: number };

/**
 * The threshold that a rule chooses: one of the probabilities, or one above them all if calling nothing positive is best. The
 * highest of equally good ones; for specificity the lowest. Null if a class is missing.
 */
export function chooseThreshold(steps: readonly Step[], rule: ThresholdRule): number | null {
  const all = steps.at(-1);
  if (!all || all.tp === 0 || all.fp === 0) return null;
  const [positives, negatives] = [all.tp, all.fp];
  const none: Step = { threshold: nextAbove(steps[0]!.threshold), tp: 0, fp: 0 };
  const from = [none, ...steps];
  switch (rule.by) {
    case 'sensitivity':
      return from.find(({ tp }) => tp / positives >= rule.least)!.threshold;
    case 'specificity':
      return from.findLast(({ fp }) => 1 - fp / negatives >= rule.least)!.threshold;
    case 'youden':
      // Integers, so that ties are exact.
      return best(from, ({ tp, fp }) => tp * negatives - fp * positives);
    case 'cost':
      return best(from, ({ tp, fp }) => tp * rule.missOverFalseAlarm - fp);
  }
}

const best = (steps: readonly Step[], worth: (step: Step) => number): number =>
  steps.reduce((most, step) => (worth(step) > worth(most) ? step : most)).threshold;

/** The next double after a number from 0 to 1. */
const nextAbove = (x: number): number => x + Math.max(Number.MIN_VALUE, x * Number.EPSILON);
