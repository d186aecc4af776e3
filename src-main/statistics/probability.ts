/** Bound for probabilities of 0 or 1 in logarithms: float32 is no more precise. */
const EPSILON = 1e-7;

export const clampProbability = (p: number): number => Math.min(1 - EPSILON, Math.max(EPSILON, p));

/** The logit of a probability; finite at 0 and 1 too. */
export function logitOf(probability: number): number {
  const p = clampProbability(probability);
  return Math.log(p) - Math.log1p(-p);
}
