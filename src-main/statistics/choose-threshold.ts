import type { Step } from './roc.ts';

/** How a threshold is chosen, from the validation set alone. */
export type ThresholdRule =
  /** The most sensitivity + specificity (Youden 1950, Cancer 3, 32–35). */
  | { by: 'youden' }
  /** The highest threshold with at least this sensitivity. */
  | { by: 'sensitivity'; least: number }
  /** The lowest threshold with at least this specificity. */
  | { by: 'specificity'; least: number }
  /** The least cost, where missing a positive scan costs as much as so many false alarms. */
  | { by: 'cost'; missOverFalseAlarm: number };

/**
 * The threshold that a rule chooses: a probability that was given, or one above them all where calling nothing positive is best.
 * Of several equally good ones the highest; of specificity the lowest. Null when a class is absent.
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
      // Whole numbers, so that ties are ties.
      return best(from, ({ tp, fp }) => tp * negatives - fp * positives);
    case 'cost':
      return best(from, ({ tp, fp }) => tp * rule.missOverFalseAlarm - fp);
  }
}

const best = (steps: readonly Step[], worth: (step: Step) => number): number =>
  steps.reduce((most, step) => (worth(step) > worth(most) ? step : most)).threshold;

/** The next number of double precision, of one from 0 to 1. */
const nextAbove = (x: number): number => x + Math.max(Number.MIN_VALUE, x * Number.EPSILON);
