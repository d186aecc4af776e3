import type { Metrics } from '../../../src-main/contract/records.ts';
import { wilson } from '../../plots/judge.ts';

export const measureNames = ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv', 'f1', 'auc'] as const;
export type MeasureName = (typeof measureNames)[number];

/** Bounds, 0 to 1. */
export type Interval = { low: number; high: number };

/** A measure of one run: its counts where it is a share of scans, its 95 % interval where there is one. */
export type Measure = {
  value: number | null;
  counts: { count: number; of: number } | null;
  interval: Interval | null;
};

/** One run's row in the table. */
export type MeasureRow = { runId: string; measures: Record<MeasureName, Measure> };

/** @param metrics of the test part. F1 is 2 tp / (2 tp + fp + fn): its counts are no scans, so it has no interval. */
export function measuresOf(metrics: Metrics): Record<MeasureName, Measure> {
  const { tp, fp, tn, fn } = metrics.confusion;
  const share = (name: Exclude<MeasureName, 'f1' | 'auc'>): Measure => {
    const { value, count, of } = metrics[name];
    const bounds = wilson({ value, count, of });
    return { value, counts: { count, of }, interval: bounds && { low: bounds[0], high: bounds[1] } };
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

/** Standard normal quantile of a two-sided 95 % interval. */
const z = 1.959963984540054;

/**
 * 95 % interval of an area under the ROC curve from its class sizes: the areas θ that lie within z standard errors
 * of the observed one, with Hanley & McNeil's variance at θ. Unlike their own interval it keeps a width at 0 and 1
 * and never leaves them (Newcombe, Statistics in Medicine 25, 2006, 559–573, method 5).
 * @param auc 0 to 1.
 */
export function aucInterval(auc: number, positives: number, negatives: number): Interval | null {
  if (positives === 0 || negatives === 0) return null;
  const mean = (positives + negatives) / 2;
  const variance = (area: number) =>
    ((area * (1 - area)) / (positives * negatives)) *
    (1 + (mean - 1) * ((1 - area) / (2 - area) + area / (1 + area)));
  const isWithin = (area: number) => (area - auc) ** 2 <= z ** 2 * variance(area);
  return { low: edge(isWithin, auc, 0), high: edge(isWithin, auc, 1) };
}

/** Where `isWithin` ends on the way from `inside` to `outside`, by halving. */
function edge(isWithin: (area: number) => boolean, inside: number, outside: number): number {
  let [near, far] = [inside, outside];
  for (let i = 0; i < 60; i++) {
    const middle = (near + far) / 2;
    if (isWithin(middle)) near = middle;
    else far = middle;
  }
  return near;
}

/** Which runs have the highest value of a measure; empty where all are equal, as none stands out then. */
export function bestOf(rows: readonly MeasureRow[], name: MeasureName): ReadonlySet<string> {
  const known = rows.filter(({ measures }) => measures[name].value !== null);
  const best = Math.max(...known.map(({ measures }) => measures[name].value!));
  const holders = known.filter(({ measures }) => measures[name].value === best);
  return new Set(holders.length === known.length ? [] : holders.map(({ runId }) => runId));
}

/**
 * The measures in which one run's interval lies above those of all the others, so that its lead is hardly chance.
 * The intervals are of each run by itself; runs judge the same scans, so overlapping ones prove no equality.
 */
export function clearlyBest(rows: readonly MeasureRow[]): { name: MeasureName; runId: string }[] {
  return measureNames.flatMap((name) => {
    const [best, ...others] = rows
      .map(({ runId, measures }) => ({ runId, interval: measures[name].interval }))
      .filter((row): row is { runId: string; interval: Interval } => row.interval !== null)
      .sort((a, b) => b.interval.low - a.interval.low);
    if (!best || others.length === 0) return [];
    return others.every(({ interval }) => interval.high < best.interval.low)
      ? [{ name, runId: best.runId }]
      : [];
  });
}
