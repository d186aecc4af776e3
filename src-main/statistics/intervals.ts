/** Bounds of a 95 % interval. */
export type Interval = { low: number; high: number };

/** Standard normal quantile of a two-sided 95 % interval. */
const z = 1.959963984540054;

/** Probability on either side of a 95 % interval. */
export const TAIL = 0.025;

/**
 * Wilson's 95 % interval of a proportion of independent scans, or null if the denominator is 0 (Wilson 1927, Probable inference,
 * the law of succession, and statistical inference, JASA 22, 209–212).
 */
export function wilson({ count, of }: { count: number; of: number }): Interval | null {
  if (of === 0) return null;
  const p = count / of;
  const denominator = 1 + z ** 2 / of;
  const centre = (p + z ** 2 / (2 * of)) / denominator;
  const half = (z / denominator) * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  // At 0 and 1 the bound is exact; rounding would make it slightly off.
  return { low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half };
}

/**
 * The lower bound of the exact binomial interval for n right of n, where nothing varies that a bootstrap could draw (Clopper &
 * Pearson 1934, Biometrika 26, 404–413).
 */
export const lowOfAll = (n: number, tail = TAIL): number => tail ** (1 / n);

/**
 * The same for the mean of several measures, each right in all of its n: each gets its share of the tail.
 * @param evidence n of each.
 */
export const meanLowOfAll = (evidence: readonly number[]): number =>
  evidence.reduce((sum, n) => sum + lowOfAll(n, TAIL / evidence.length), 0) / evidence.length;

/**
 * 95 % interval of an area under the ROC curve from its class sizes: the areas θ within z standard errors of the observed one, with
 * Hanley & McNeil's variance at θ. Unlike their own interval it keeps a width at 0 and 1 and never extends beyond them (Newcombe,
 * Statistics in Medicine 25, 2006, 559–573, method 5).
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

/** The boundary of `isWithin` between `inside` and `outside`, by bisection. */
function edge(isWithin: (area: number) => boolean, inside: number, outside: number): number {
  let [near, far] = [inside, outside];
  for (let i = 0; i < 60; i++) {
    const middle = (near + far) / 2;
    if (isWithin(middle)) near = middle;
    else far = middle;
  }
  return near;
}
