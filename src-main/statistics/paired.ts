import { binomialBelow, normalQuantile, studentTwoSided, studentUpper } from './distributions.ts';
import { TAIL, type Interval } from './intervals.ts';

/** How two models' answers for the same scans agree, each right or wrong. */
export type Agreement = { both: number; onlyA: number; onlyB: number; neither: number };

/** @param a whether each answer is right. @param b the same for the other model, in the same order. */
export function agreementOf(a: readonly boolean[], b: readonly boolean[]): Agreement {
  if (a.length !== b.length) throw new RangeError(`${a.length} answers beside ${b.length}`);
  const agreement = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const [i, isRight] of a.entries())
    agreement[isRight ? (b[i] ? 'both' : 'onlyA') : b[i] ? 'onlyB' : 'neither'] += 1;
  return agreement;
}

/**
 * McNemar's exact test of two models' accuracy on the same scans: two-sided p from the scans that only one of them got right
 * (McNemar 1947, Psychometrika 12, 153–157; exact as the sign test). 1 if there are none.
 */
export function mcNemar({ onlyA, onlyB }: Pick<Agreement, 'onlyA' | 'onlyB'>): number {
  const of = onlyA + onlyB;
  return of === 0 ? 1 : Math.min(1, 2 * binomialBelow(Math.min(onlyA, onlyB), of, 0.5));
}

/** p-values adjusted for multiple comparisons, in the order given (Holm 1979, Scandinavian Journal of Statistics 6, 65–70). */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = [...ps];
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[i]!));
    adjusted[i] = least;
  }
  return adjusted;
}

/**
 * How many scans, answered by both models, are needed to show a difference in accuracy by McNemar's test (Connor 1987, Biometrics
 * 43, 207–211).
 * @param difference of the two accuracies, 0 to 1. @param discordant share of scans that only one of the two gets right; at least
 *   the difference. @param power 0 to 1. @param alpha of the two-sided test.
 */
export function scansForDifference(
  difference: number,
  discordant: number,
  power = 0.8,
  alpha = 0.05,
): number {
  const delta = Math.abs(difference);
  const psi = Math.max(discordant, delta);
  const root =
    normalQuantile(1 - alpha / 2) * Math.sqrt(psi) + normalQuantile(power) * Math.sqrt(psi - delta * delta);
  return Math.ceil((root / delta) ** 2);
}

/** A mean difference over seeds or folds. */
export type RepeatedDifference = Interval & { value: number; t: number; p: number };

/**
 * The corrected resampled t-test: since folds or repeated splits share training scans, the variance of their differences is raised
 * by test/train (Nadeau and Bengio 2003, Machine Learning 52, 239–281).
 * @param differences of each fold or repetition; at least two. @param testShare test scans over training scans.
 * @returns null if nothing varies.
 */
export function correctedResampledTest(
  differences: readonly number[],
  testShare: number,
): RepeatedDifference | null {
  const n = differences.length;
  if (n < 2) return null;
  const value = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - value) ** 2, 0) / (n - 1);
  if (variance === 0) return null;
  const error = Math.sqrt((1 / n + testShare) * variance);
  const half = studentUpper(TAIL, n - 1) * error;
  return {
    value,
    low: value - half,
    high: value + half,
    t: value / error,
    p: studentTwoSided(value / error, n - 1),
  };
}
