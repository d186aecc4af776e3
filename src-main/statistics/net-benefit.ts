import type { DecisionPoint } from '../contract/evidence.ts';
import { confusionOf, type Step } from './roc.ts';
import type { Confusion } from './confusion.ts';

/**
 * Net benefit at a threshold probability: tp/n − fp/n · t/(1 − t), where the odds of t weigh false alarms against missed positive
 * scans (Vickers and Elkin 2006, Medical Decision Making 26, 565–574). "Treat none" is 0 everywhere.
 * @param threshold 0 to below 1. @returns null without scans.
 */
export function netBenefitOf({ tp, fp, tn, fn }: Confusion, threshold: number): number | null {
  const n = tp + fp + tn + fn;
  return n === 0 ? null : (tp - (fp * threshold) / (1 - threshold)) / n;
}

/** The decision curve over thresholds, each 0 to below 1; empty without scans. */
export function decisionCurve(steps: readonly Step[], thresholds: readonly number[]): DecisionPoint[] {
  const all = steps.at(-1);
  if (!all) return [];
  const n = all.tp + all.fp;
  return thresholds.map((threshold) => ({
    threshold,
    netBenefit: netBenefitOf(confusionOf(steps, threshold), threshold)!,
    treatAll: (all.tp - (all.fp * threshold) / (1 - threshold)) / n,
  }));
}
