import { normalQuantile, normalTail } from './distributions.ts';
import { TAIL, type Interval } from './intervals.ts';
import { quantile } from './quantiles.ts';

/**
 * The bootstrap (Efron 1979, The Annals of Statistics 7, 1–26) and its intervals. The unit of resampling is the unit of evidence: a
 * scan by itself (the plain bootstrap), or, where several images show one scan or patient, their whole group (the cluster
 * bootstrap; Field and Welsh 2007, J R Stat Soc B 69). Images of one group are not independent evidence, and an interval from
 * images drawn one by one would be too narrow.
 */

/** Number of bootstrap replicates. */
export const REPLICATES = 2000;

/** Jackknife: more groups than this are left out in blocks, which hardly affects the estimate of skewness. */
const BLOCKS = 500;

/** One replicate: n of n units with replacement. @param take called with each unit drawn, 0 to n − 1. */
export function drawUnits(n: number, random: () => number, take: (unit: number) => void): void {
  for (let place = 0; place < n; place += 1) take(Math.floor(random() * n));
}

/** How often each of n units was drawn in each replicate. @returns the same array each time. */
export function* drawnTimes(n: number, random: () => number): Generator<Uint32Array, void, void> {
  const times = new Uint32Array(n);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    times.fill(0);
    drawUnits(n, random, (unit) => {
      times[unit]! += 1;
    });
    yield times;
  }
}

/** The same with each unit left out in turn, or each block of units: the jackknife. */
export function* leftOutTimes(n: number): Generator<Uint32Array, void, void> {
  const times = new Uint32Array(n);
  const blocks = Math.min(n, BLOCKS);
  for (let block = 0; block < blocks; block += 1) {
    for (let unit = 0; unit < n; unit += 1) times[unit] = unit % blocks === block ? 0 : 1;
    yield times;
  }
}

/** The middle 95 % of the replicates' values, in any order; at least one. */
export function percentileInterval(drawn: readonly number[]): Interval {
  const sorted = Float64Array.from(drawn).sort();
  return { low: quantile(sorted, TAIL), high: quantile(sorted, 1 - TAIL) };
}

/**
 * The bias-corrected and accelerated interval (BCa; Efron 1987, JASA 82, 171–185), which accounts for skewness: its percentiles
 * deviate from 2.5 and 97.5 according to the share of draws below the value and the jackknife's skewness. Both as in
 * `scipy.stats.bootstrap`.
 * @param value of the sample itself. @param drawn the replicates' values, in any order; at least one.
 * @param left for each independent sample the values with each of its units, or blocks of them, left out.
 */
export function acceleratedInterval(
  value: number,
  drawn: ArrayLike<number>,
  left: readonly ArrayLike<number>[],
): Interval {
  const sorted = Float64Array.from(drawn).sort();
  const n = sorted.length;
  let below = 0;
  for (const one of sorted) below += one < value ? 1 : one === value ? 0.5 : 0;
  // If all draws were on one side, the normal quantile would be infinite: half a draw is left on the other.
  const bias = normalQuantile(Math.min(n - 0.5, Math.max(0.5, below)) / n);
  const acceleration = accelerationOf(left);
  const level = (tail: number) => {
    const z = bias + normalQuantile(tail);
    const room = 1 - acceleration * z;
    return room > 0 ? 1 - normalTail(bias + z / room) : z > 0 ? 1 : 0;
  };
  return { low: quantile(sorted, level(TAIL)), high: quantile(sorted, level(1 - TAIL)) };
}

/** A sixth of the jackknife's skewness; 0 if nothing varies. */
function accelerationOf(left: readonly ArrayLike<number>[]): number {
  let [cubes, squares] = [0, 0];
  for (const values of left) {
    const n = values.length;
    let mean = 0;
    for (let i = 0; i < n; i += 1) mean += values[i]! / n;
    for (let i = 0; i < n; i += 1) {
      const influence = ((n - 1) / n) * (mean - values[i]!);
      squares += influence ** 2;
      cubes += influence ** 3;
    }
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/**
 * The basic interval (Davison and Hinkley 1997, Bootstrap Methods and their Application, 5.2): the distribution of the draws
 * mirrored about the value. For estimates that are biased upwards in samples, and once more in draws from them, so that percentiles
 * would count the bias twice. It always contains the value.
 */
export function basicInterval(value: number, drawn: readonly number[]): Interval {
  const { low, high } = percentileInterval(drawn);
  return { low: Math.min(value, 2 * value - high), high: Math.max(value, 2 * value - low) };
}
