import type { Prediction } from '../contract/records.ts';

/** Neighbouring slices that are averaged: a finding in a single slice is more often noise than a lesion. */
export const NEIGHBOURS = 3;

/** A model's answer for a slice; null if it has not been predicted. */
export type SliceAnswer = Pick<Prediction, 'probability' | 'answer'> | null;

export interface WholeAnswer {
  probability: number;
  /** The middle one of the averaged slices. */
  at: number;
  /** How many slices the model refuses. */
  refused: number;
  /**
   * At least half of the slices are refused, or too few neighbours are left: the probability is that of all slices, and
   * meaningless.
   */
  isRefused: boolean;
}

/**
 * A volume's probability: the highest mean over three neighbouring slices, or over all if there are fewer. A slice that is refused
 * or has no answer separates its neighbours. It was not tested on volumes: a network's known error rates are those of single
 * pictures.
 * @param slices in their order. @returns null if no neighbours have a probability.
 */
export function volumeAnswer(slices: readonly SliceAnswer[]): WholeAnswer | null {
  const refused = slices.filter((one) => one?.answer === 'refused').length;
  const answered = highestMean(answeredOf(slices));
  if (answered !== null && 2 * refused < slices.length) return { ...answered, refused, isRefused: false };
  const all = highestMean(slices.map((one) => one?.probability ?? null));
  return all && { ...all, refused, isRefused: true };
}

/** The probabilities that count, 0 to 1: null for a slice without an answer. */
export const answeredOf = (slices: readonly SliceAnswer[]): (number | null)[] =>
  slices.map((one) => (one === null || one.answer === 'refused' ? null : one.probability));

function highestMean(slices: readonly (number | null)[]): { probability: number; at: number } | null {
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

/** Indices of the highest probabilities, highest first. */
export function highest(slices: readonly (number | null)[], count: number): number[] {
  return slices
    .flatMap((probability, at) => (probability === null ? [] : [{ probability, at }]))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, count)
    .map(({ at }) => at);
}
