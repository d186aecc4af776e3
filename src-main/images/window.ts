import { between, ranksOf } from '../statistics/quantiles.ts';

/** The values that become 0 and 255; those beyond are clipped. */
export interface Window {
  low: number;
  high: number;
}

/**
 * The 0.5th and 99.5th percentiles of the values above the smallest one, which is the empty background wherever there is one: its
 * extent must not affect the brightness of the brain. The whole range if both are equal. Percentiles as in NumPy: linear between
 * the two nearest ranks. Values that are not finite are ignored.
 */
export function percentileWindow(values: ArrayLike<number>): Window {
  const { least, largest, count, leastCount } = range(values);
  const above = count - leastCount;
  if (above === 0) return { low: least, high: largest };
  const ranks = [0.005, 0.995].flatMap((share) => ranksOf(above, share));
  const [a, b, c, d] = orderStatistics(
    values,
    ranks.map((rank) => leastCount + rank),
    { least, largest },
  ) as [number, number, number, number];
  const [low, high] = [between(a, b, above, 0.005), between(c, d, above, 0.995)];
  return high > low ? { low, high } : { low: least, high: largest };
}

export interface Range {
  least: number;
  largest: number;
  /** Number of finite values, and of those that equal the smallest. */
  count: number;
  leastCount: number;
}

/** Of the finite values; 0 to 0 without any. */
export function range(values: ArrayLike<number>): Range {
  let least = Infinity;
  let largest = -Infinity;
  let count = 0;
  let leastCount = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (!Number.isFinite(value)) continue;
    count += 1;
    if (value < least) {
      least = value;
      leastCount = 0;
    }
    if (value === least) leastCount += 1;
    if (value > largest) largest = value;
  }
  return count > 0 ? { least, largest, count, leastCount } : { least: 0, largest: 0, count, leastCount };
}

const BINS = 65_536;

/**
 * The values at some ranks (from 0, ascending) without sorting them all: counted into bins first, then sorted within the bins of
 * the ranks.
 */
function orderStatistics(
  values: ArrayLike<number>,
  ranks: readonly number[],
  { least, largest }: Pick<Range, 'least' | 'largest'>,
): number[] {
  // Halved first: the difference of two large values could overflow.
  const half = largest / 2 - least / 2;
  const binOf = (value: number) =>
    half > 0 ? Math.min(BINS - 1, Math.floor(((value / 2 - least / 2) / half) * BINS)) : 0;
  const counts = new Uint32Array(BINS);
  for (let index = 0; index < values.length; index += 1) {
    if (Number.isFinite(values[index])) counts[binOf(values[index]!)]! += 1;
  }
  const places = ranks.map((rank) => {
    let [bin, before] = [0, 0];
    while (before + counts[bin]! <= rank) before += counts[bin++]!;
    return { bin, within: rank - before };
  });
  const wanted = new Map(places.map(({ bin }) => [bin, new Map<number, number>()]));
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    const seen = Number.isFinite(value) ? wanted.get(binOf(value)) : undefined;
    seen?.set(value, (seen.get(value) ?? 0) + 1);
  }
  return places.map(({ bin, within }) => atRank(wanted.get(bin)!, within));
}

/** @param counts how often each value occurs. */
function atRank(counts: Map<number, number>, rank: number): number {
  let before = 0;
  for (const [value, count] of [...counts].sort(([one], [other]) => one - other)) {
    before += count;
    if (before > rank) return value;
  }
  throw new RangeError(`Expected a rank below ${before} but received ${rank}`);
}

/**
 * Grey of any depth as 8-bit RGB: `low` becomes 0 and `high` 255, rounded; 0 everywhere without a width, and for NaN.
 * @returns uint8 [values.length, 3].
 */
export function greyPixels(values: ArrayLike<number>, { low, high }: Window): Buffer {
  const scale = high > low ? 255 / (high - low) : 0;
  const pixels = Buffer.alloc(values.length * 3);
  for (let from = 0, to = 0; from < values.length; from += 1, to += 3) {
    const level = Math.max(0, Math.min(255, Math.round((values[from]! - low) * scale)));
    pixels[to] = level;
    pixels[to + 1] = level;
    pixels[to + 2] = level;
  }
  return pixels;
}
