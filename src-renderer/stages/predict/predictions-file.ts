import { RESEARCH_USE } from '../../../src-main/contract/answers.ts';
import type { Prediction } from '../../../src-main/contract/records.ts';
import { toCsv } from '../../../src-main/contract/csv.ts';

/** Answers as a file, one scan a line: probability and threshold 0 to 1, times in milliseconds; notices by their codes. */
export function predictionsFile(predictions: readonly Prediction[]): string {
  return toCsv(
    [
      'file',
      'sha256',
      'run',
      'probability',
      'threshold',
      'positive',
      'class',
      'ms',
      'error',
      'created',
      'answer',
      'notices',
      'calibrated',
      'error rate',
      'p positive',
      'p negative',
      'use',
    ],
    predictions.map((prediction) => [
      prediction.file,
      prediction.sha256,
      prediction.runId,
      prediction.probability,
      prediction.threshold,
      prediction.positive,
      prediction.label,
      prediction.milliseconds,
      prediction.error,
      prediction.created,
      prediction.answer,
      prediction.notices.map(({ code }) => code).join(' '),
      prediction.calibrated,
      prediction.conformal?.errorRate,
      prediction.conformal?.positive,
      prediction.conformal?.negative,
      RESEARCH_USE,
    ]),
  );
}
