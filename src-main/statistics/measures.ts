import type { Metrics } from '../contract/records.ts';
import { aucInterval, wilson, type Interval } from './intervals.ts';

export const measureNames = ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv', 'f1', 'auc'] as const;
export type MeasureName = (typeof measureNames)[number];

/** A measure of one run: its counts where it is a share of scans, its 95 % interval where there is one. */
export type Measure = {
  value: number | null;
  counts: { count: number; of: number } | null;
  interval: Interval | null;
};

/** @param metrics of the test part. F1 is 2 tp / (2 tp + fp + fn): its counts are no scans, so it has no interval. */
export function measuresOf(metrics: Metrics): Record<MeasureName, Measure> {
  const { tp, fp, tn, fn } = metrics.confusion;
  const share = (name: Exclude<MeasureName, 'f1' | 'auc'>): Measure => {
    const { value, count, of } = metrics[name];
    return { value, counts: { count, of }, interval: wilson({ count, of }) };
  };
  return {
    accuracy: share('accuracy'),
    sensitivity: share('sensitivity'),
    specificity: share('specificity'),
    ppv: share('ppv'),
    npv: share('npv'),
    f1: { value: metrics.f1, counts: { count: 2 * tp, of: 2 * tp + fp + fn }, interval: null },
    auc: {
      value: metrics.auc,
      counts: null,
      interval: metrics.auc === null ? null : aucInterval(metrics.auc, tp + fn, tn + fp),
    },
  };
}
