/** Slices whose mean counts: what is in one of them alone is more often noise than a lesion. */
export const NEIGHBOURS = 3;

/**
 * A volume's probability: the highest mean over three neighbouring slices, and the middle one of these; of fewer slices the mean
 * over all. It was not tested on volumes: what is known of a network's errors is known of single pictures.
 * @param slices the probabilities of a volume's slices, 0 to 1, in their order; null for one without an answer, which parts
 *   its neighbours. @returns null when no slices have an answer.
 */
export function volumeAnswer(slices: readonly (number | null)[]): { probability: number; at: number } | null {
  if (slices.length === 0) return null;
  const width = Math.min(NEIGHBOURS, slices.length);
  let best: { probability: number; at: number } | null = null;
  for (let from = 0; from + width <= slices.length; from += 1) {
    const some = slices.slice(from, from + width);
    if (!some.every((one) => one !== null)) continue;
    const probability = some.reduce((sum, one) => sum + one, 0) / width;
    if (best === null || probability > best.probability) best = { probability, at: from + (width >> 1) };
  }
  return best;
}

/** The places of the highest probabilities, the highest first. */
export function highest(slices: readonly (number | null)[], count: number): number[] {
  return slices
    .flatMap((probability, at) => (probability === null ? [] : [{ probability, at }]))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, count)
    .map(({ at }) => at);
}
