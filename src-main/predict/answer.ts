import { CLOSE, notice, type AnswerWord, type Conformal, type Notice } from '../contract/answers.ts';

/** All that the answer to one scan is made of. */
export type Evidence = {
  /** Of the positive class, 0 to 1, as the network gives it; what `threshold` is of. */
  probability: number;
  threshold: number;
  /** Null where nothing was calibrated: the threshold then answers alone. */
  conformal: Conformal | null;
  /** What was seen of the scan. */
  notices: readonly Notice[];
};

/**
 * The answer. The threshold chooses the word, as the person wants sensitivity and specificity weighed; conformal prediction
 * says whether it may be said: not while the other class is too usual to be ruled out. So whatever the threshold is, of each
 * class no more than the error rate get the other one's name: that needs a p-value of the true class at or below it.
 * docs/decisions/answers.md says why.
 */
export function answerOf({ probability, threshold, conformal, notices }: Evidence): AnswerWord {
  if (notices.some(({ grade }) => grade === 'refusal')) return 'refused';
  const word = probability >= threshold ? 'positive' : 'negative';
  if (conformal === null) return word;
  return conformal[word === 'positive' ? 'negative' : 'positive'] > conformal.errorRate ? 'unsure' : word;
}

/** Whether a small change of the scan could have changed the word. */
export const nearThreshold = (probability: number, threshold: number): Notice[] =>
  Math.abs(probability - threshold) < CLOSE ? [notice('noticeNearThreshold', 'hint', { threshold })] : [];
