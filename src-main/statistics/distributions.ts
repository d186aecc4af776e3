/**
 * Distribution functions, to about 14 digits: the normal by series and continued fraction of the error function, the
 * binomial and Student's by the incomplete beta function (Abramowitz & Stegun 1964, 7.1.6, 26.2.22 and 26.5; the
 * continued fraction evaluated as by Lentz 1976, Applied Optics 15, 668–671).
 */

const SMALL = 1e-300;
const EXACT = 1e-16;

/** P(Z > x) of the standard normal distribution. */
export function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x);
  // The series suffers from cancellation where the tail is small; the continued fraction needs a large x.
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; term > EXACT * sum; n += 1) sum += term *= (x * x) / (2 * n + 1);
    return 0.5 - density(x) * sum;
  }
  // 1 / (x + 1 / (x + 2 / (x + 3 / …))), evaluated backwards.
  let below = x;
  for (let n = 200; n >= 1; n -= 1) below = x + n / below;
  return density(x) / below;
}

/** P(Z ≤ x) of the standard normal distribution. */
export const normalBelow = (x: number): number => normalTail(-x);

/** The x that a standard normal value exceeds with probability 1 − q. @param q 0 to 1; ±Infinity at the ends. */
export function normalQuantile(q: number): number {
  if (q <= 0) return -Infinity;
  if (q >= 1) return Infinity;
  if (q < 0.5) return -upper(q);
  return upper(1 - q);
}

/** The x with P(Z > x) = `tail`, at most 0.5: an initial guess to three digits, then Halley's iteration. */
function upper(tail: number): number {
  const t = Math.sqrt(-2 * Math.log(tail));
  let x =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 4; step += 1) {
    const over = (normalTail(x) - tail) / density(x);
    x += over / (1 - (x * over) / 2);
  }
  return x;
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Probability of a standard normal value at least as far from 0 as z. */
export const twoSided = (z: number): number => Math.min(1, 2 * normalTail(Math.abs(z)));

/** Probability of a value of Student's distribution at least as far from 0 as t. @param df degrees of freedom, more than 0. */
export const studentTwoSided = (t: number, df: number): number =>
  incompleteBeta(df / (df + t * t), df / 2, 0.5);

/** The t that a value of Student's distribution exceeds with probability `tail`, less than 0.5; by bisection. */
export function studentUpper(tail: number, df: number): number {
  let [low, high] = [0, 1];
  while (studentTwoSided(high, df) > 2 * tail) high *= 2;
  for (let step = 0; step < 200 && high > low; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTwoSided(middle, df) > 2 * tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X ≤ k) of a binomial distribution of n trials with probability p. */
export const binomialBelow = (k: number, n: number, p: number): number =>
  k < 0 ? 0 : k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);

/** The regularised incomplete beta function I_x(a, b). @param x 0 to 1. @param a above 0. @param b above 0. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it the mirrored one does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a),
  );
  let [c, d] = [1, 1 / notZero(1 - ((a + b) * x) / (a + 1))];
  let value = d;
  for (let m = 1; m < 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < EXACT * 4) break;
  }
  return front * value;
}

const notZero = (x: number): number => (Math.abs(x) < SMALL ? SMALL : x);

/** The natural logarithm of the gamma function, for x above 0: Stirling's series, after shifting x to where it is exact. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 15; at += 1) shift += Math.log(at);
  const square = 1 / (at * at);
  const series =
    (1 / 12 -
      square *
        (1 / 360 -
          square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360_360))))) /
    at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}
