import type { AnswerWord } from '../contract/answers.ts';
import type { Prediction } from '../contract/records.ts';

/** The joint answer of several models for one scan. */
export type Joint = {
  answer: AnswerWord;
  /** Mean of the models' probabilities of the positive class, calibrated if available; and the lowest and highest. */
  probability: number;
  low: number;
  high: number;
  /** How many models gave a probability and did not refuse. */
  models: number;
  /** How many of them are on the positive side of their threshold. */
  positive: number;
  /** Whether they are on both sides. */
  disagree: boolean;
};

type ModelAnswer = Pick<Prediction, 'answer' | 'probability' | 'calibrated' | 'positive'>;

/** Calibrated if available. */
export const calibratedProbability = ({ calibrated, probability }: ModelAnswer): number | null =>
  calibrated ?? probability;

/**
 * The mean of several models, as in a deep ensemble (Lakshminarayanan, Pritzel and Blundell 2017, NIPS). It is refused if at least
 * half of them refuse; a class is named only if all are on its side and more than half are sure of it; otherwise it is undecided.
 * @param said one answer per model. @returns null if none gave a probability.
 */
export function jointly(said: readonly ModelAnswer[]): Joint | null {
  const withOne = said.filter(({ probability }) => probability !== null);
  if (withOne.length === 0) return null;
  const heard = withOne.filter(({ answer }) => answer !== 'refused');
  const isRefused = 2 * (withOne.length - heard.length) >= withOne.length;
  const counted = heard.length > 0 ? heard : withOne;
  const probabilities = counted.map((one) => calibratedProbability(one)!);
  const positive = counted.filter((one) => one.positive).length;
  const disagree = positive > 0 && positive < counted.length;
  const sure = counted.filter(({ answer }) => answer === 'positive' || answer === 'negative').length;
  const word = positive > 0 ? 'positive' : 'negative';
  return {
    answer: isRefused ? 'refused' : disagree || 2 * sure <= counted.length ? 'unsure' : word,
    probability: probabilities.reduce((sum, value) => sum + value, 0) / probabilities.length,
    low: Math.min(...probabilities),
    high: Math.max(...probabilities),
    models: counted.length,
    positive,
    disagree,
  };
}
