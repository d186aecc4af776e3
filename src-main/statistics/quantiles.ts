/**
 * Quantiles, each by the definition its caller needs. `q` is 0 to 1; n is at least 1. The numbers in brackets are those of Hyndman
 * and Fan (1996), Sample quantiles in statistical packages, The American Statistician 50, 361–365.
 */

/** Linear between the two nearest ranks (7), as NumPy's default. @param sorted ascending. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const [below, above] = ranksOf(sorted.length, q);
  return between(sorted[below]!, sorted[above]!, sorted.length, q);
}

/** The two ranks, from 0, that `quantile` of n values lies between. */
export function ranksOf(n: number, q: number): [below: number, above: number] {
  const place = q * (n - 1);
  return [Math.floor(place), Math.ceil(place)];
}

/** `quantile` of n values, whose values at `ranksOf` are `below` and `above`. */
export function between(below: number, above: number, n: number, q: number): number {
  const place = q * (n - 1);
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The lower of the two nearest ranks: NumPy's `lower`. For integer levels it is one of them.
 * @param counts of each level, from 0.
 */
export function lowerLevel(counts: ArrayLike<number>, n: number, q: number): number {
  let upTo = 0;
  for (let level = 0; level < counts.length; level += 1)
    if ((upTo += counts[level]!) > q * (n - 1)) return level;
  return -1;
}

/** The smallest level that at least a share q of the n values do not exceed (1): NumPy's `inverted_cdf`. */
export function levelOfShare(counts: ArrayLike<number>, n: number, q: number): number {
  let left = q * n;
  for (let level = 0; level < counts.length; level += 1) if ((left -= counts[level]!) <= 0) return level;
  return counts.length - 1;
}

/**
 * The same for weighted values. Sums of fractions such as 1/3 have rounding errors, so 1e-9 is tolerated.
 * @param sorted ascending. @param weights each value's, in the same order. @param total of all weights.
 */
export function weightedQuantile(
  sorted: ArrayLike<number>,
  weights: ArrayLike<number>,
  total: number,
  q: number,
): number {
  let upTo = 0;
  for (let at = 0; at < sorted.length; at += 1)
    if ((upTo += weights[at]!) >= q * total - 1e-9) return sorted[at]!;
  return sorted[sorted.length - 1]!;
}
