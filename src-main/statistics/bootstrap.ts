import { TAIL, type Interval } from './intervals.ts';
import { quantile } from './quantiles.ts';

/**
 * The bootstrap with percentile intervals (Efron 1979, The Annals of Statistics 7, 1–26). What is drawn is the unit of
 * evidence: a scan by itself (the plain bootstrap), or, where several images show one scan or patient, their group as
 * a whole (the cluster bootstrap; Field and Welsh 2007, J R Stat Soc B 69). Images of one group are no independent
 * evidence, and an interval of images drawn one by one would be too narrow.
 */

/** Draws of a bootstrap. */
export const REPLICATES = 2000;

/** One replicate: n of n units with replacement. @param take is told each unit that is drawn, 0 to n − 1. */
export function drawUnits(n: number, random: () => number, take: (unit: number) => void): void {
  for (let place = 0; place < n; place += 1) take(Math.floor(random() * n));
}

/** The middle 95 % of what was measured of the replicates, in any order; at least one. */
export function percentileInterval(drawn: readonly number[]): Interval {
  const sorted = Float64Array.from(drawn).sort();
  return { low: quantile(sorted, TAIL), high: quantile(sorted, 1 - TAIL) };
}
