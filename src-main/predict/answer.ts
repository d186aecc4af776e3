import {
  CLOSE,
  inOrderOfGravity,
  notice,
  type AnswerWord,
  type Conformal,
  type Notice,
} from '../contract/answers.ts';
import { wordOf } from '../statistics/conformal.ts';

/** Everything that the answer for one scan depends on. */
export type Evidence = {
  /** Of the positive class, 0 to 1, uncalibrated; the value that `threshold` is compared with. */
  probability: number;
  threshold: number;
  /** Null if nothing was calibrated: the threshold then decides alone. */
  conformal: Conformal | null;
  /** What was noticed about the scan. */
  notices: readonly Notice[];
};

const isRefused = (notices: readonly Notice[]): boolean => notices.some(({ grade }) => grade === 'refusal');

/** The notices shown for a scan. @param ofAnswer notices on the reliability of the answer; left out if the answer is refused. */
export const noticesShown = (seen: readonly Notice[], ofAnswer: readonly Notice[]): Notice[] =>
  inOrderOfGravity(isRefused(seen) ? [...seen] : [...seen, ...ofAnswer]);

/** The answer by threshold and conformal prediction (`wordOf`), unless a notice refuses it. docs/answers.md says why. */
export const answerOf = ({ probability, threshold, conformal, notices }: Evidence): AnswerWord =>
  isRefused(notices) ? 'refused' : wordOf(probability, threshold, conformal);

/** Whether a small change of the scan could have changed the answer. */
export const nearThreshold = (probability: number, threshold: number): Notice[] =>
  Math.abs(probability - threshold) < CLOSE ? [notice('noticeNearThreshold', 'hint', { threshold })] : [];
