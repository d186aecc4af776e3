import {
  CLOSE,
  inOrderOfGravity,
  notice,
  type AnswerWord,
  type Conformal,
  type Notice,
} from '../contract/answers.ts';
import { wordOf } from '../statistics/conformal.ts';

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

const takesBack = (notices: readonly Notice[]): boolean => notices.some(({ grade }) => grade === 'refusal');

/** What is told of a scan. @param ofAnswer what is told of how sure the answer is: of one that is taken back, nothing. */
export const toldOf = (seen: readonly Notice[], ofAnswer: readonly Notice[]): Notice[] =>
  inOrderOfGravity(takesBack(seen) ? [...seen] : [...seen, ...ofAnswer]);

/** The answer: that of threshold and conformal prediction (`wordOf`), unless something takes it back. docs/answers.md says why. */
export const answerOf = ({ probability, threshold, conformal, notices }: Evidence): AnswerWord =>
  takesBack(notices) ? 'refused' : wordOf(probability, threshold, conformal);

/** Whether a small change of the scan could have changed the word. */
export const nearThreshold = (probability: number, threshold: number): Notice[] =>
  Math.abs(probability - threshold) < CLOSE ? [notice('noticeNearThreshold', 'hint', { threshold })] : [];
