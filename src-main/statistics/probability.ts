/** What a probability of exactly 0 or 1 counts as in logarithms: 2⁻⁵², the ulp that scikit-learn clips by. */
const EPSILON = 2 ** -52;

export const clampProbability = (p: number): number => Math.min(1 - EPSILON, Math.max(EPSILON, p));

/** The logit of a probability; finite at 0 and 1 too. */
export function logitOf(probability: number): number {
  const p = clampProbability(probability);
  return Math.log(p) - Math.log1p(-p);
}
