import { measuresShown, measureTable, type MeasureName } from '../../../src-main/contract/measures.ts';
import type { Measure } from '../../../src-main/statistics/measures.ts';
import type { Interval } from '../../../src-main/statistics/intervals.ts';

/** One run's row in the table. */
export type MeasureRow = { runId: string; measures: Record<MeasureName, Measure> };

/** The runs with the best value of a measure; empty where all are equal. */
export function bestOf(rows: readonly MeasureRow[], name: MeasureName): ReadonlySet<string> {
  const known = rows.filter(({ measures }) => measures[name].value !== null);
  const values = known.map(({ measures }) => measures[name].value!);
  const best = measureTable[name].better === 'higher' ? Math.max(...values) : Math.min(...values);
  const holders = known.filter(({ measures }) => measures[name].value === best);
  return new Set(holders.length === known.length ? [] : holders.map(({ runId }) => runId));
}

/**
 * The measures in which one run's interval is entirely on the better side of all others', so that its lead is unlikely
 * to be chance. Intervals are per run; since runs evaluate the same scans, overlap does not prove equality.
 */
export function clearlyBest(rows: readonly MeasureRow[]): { name: MeasureName; runId: string }[] {
  return measuresShown('results').flatMap((name) => {
    const [best, ...others] = rows
      .map(({ runId, measures }) => ({ runId, interval: measures[name].interval }))
      .filter((row): row is { runId: string; interval: Interval } => row.interval !== null)
      .map((row) =>
        measureTable[name].better === 'higher' ? row : { ...row, interval: negated(row.interval) },
      )
      .sort((a, b) => b.interval.low - a.interval.low);
    if (!best || others.length === 0) return [];
    return others.every(({ interval }) => interval.high < best.interval.low)
      ? [{ name, runId: best.runId }]
      : [];
  });
}

/** Negated, so that higher is better. */
const negated = ({ low, high }: Interval): Interval => ({ low: -high, high: -low });
