import { measuresShown, measureTable, type MeasureName } from '../../../src-main/contract/measures.ts';
import type { Measure } from '../../../src-main/statistics/measures.ts';
import type { Interval } from '../../../src-main/statistics/intervals.ts';

/** One run's row in the table. */
export type MeasureRow = { runId: string; measures: Record<MeasureName, Measure> };

/** Which runs have the best value of a measure; empty where all are equal, as none stands out then. */
export function bestOf(rows: readonly MeasureRow[], name: MeasureName): ReadonlySet<string> {
  const known = rows.filter(({ measures }) => measures[name].value !== null);
  const values = known.map(({ measures }) => measures[name].value!);
  const best = measureTable[name].better === 'higher' ? Math.max(...values) : Math.min(...values);
  const holders = known.filter(({ measures }) => measures[name].value === best);
  return new Set(holders.length === known.length ? [] : holders.map(({ runId }) => runId));
}

/**
 * The measures in which one run's interval lies on the better side of those of all the others, so that its lead is hardly chance.
 * The intervals are of each run by itself; runs evaluate the same scans, so overlapping ones prove no equality.
 */
export function clearlyBest(rows: readonly MeasureRow[]): { name: MeasureName; runId: string }[] {
  return measuresShown('results').flatMap((name) => {
    const [best, ...others] = rows
      .map(({ runId, measures }) => ({ runId, interval: measures[name].interval }))
      .filter((row): row is { runId: string; interval: Interval } => row.interval !== null)
      .map((row) =>
        measureTable[name].better === 'higher' ? row : { ...row, interval: mirrored(row.interval) },
      )
      .sort((a, b) => b.interval.low - a.interval.low);
    if (!best || others.length === 0) return [];
    return others.every(({ interval }) => interval.high < best.interval.low)
      ? [{ name, runId: best.runId }]
      : [];
  });
}

/** So that higher is better. */
const mirrored = ({ low, high }: Interval): Interval => ({ low: -high, high: -low });
