import { CLOSE } from '../../../src-main/contract/answers.ts';
import { frameInName, type Prediction } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { AppError } from '../../app/app-error.ts';
import { errorDetail } from '../../app/error-text.ts';
import { t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';

/** How many of the models that answered call a scan positive. */
export type Agreement = { answered: number; positive: number };

export function agreementOf(
  predictions: readonly (Pick<Prediction, 'positive'> & Partial<Pick<Prediction, 'answer'>>)[],
): Agreement {
  const answers = predictions.filter(({ positive, answer }) => positive !== null && answer !== 'refused');
  return { answered: answers.length, positive: answers.filter(({ positive }) => positive).length };
}

/** A scan from the history with the newest answer of each model. */
export type PastScan = {
  /** Its identity: the hash of its content or, if unreadable, its path. */
  key: string;
  file: string;
  sha256: string | null;
  /** Date of its newest answer. */
  created: string;
  /** Newest first. */
  answers: Prediction[];
};

/** @param history newest first. */
export function pastScans(history: readonly Prediction[]): PastScan[] {
  const scans = new Map<string, PastScan>();
  for (const prediction of history) {
    const { file, sha256, created } = prediction;
    const key = sha256 ?? file;
    const scan = scans.get(key);
    if (!scan) scans.set(key, { key, file, sha256, created, answers: [prediction] });
    else if (!scan.answers.some(({ runId }) => runId === prediction.runId)) scan.answers.push(prediction);
  }
  return [...scans.values()];
}

/** The answer to show for a past scan: that of the model in use, else the newest. */
export function mainAnswer(scan: PastScan, runId: string | null): Prediction {
  return scan.answers.find((answer) => answer.runId === runId) ?? scan.answers[0]!;
}

/** Whether a small change of the scan could change the answer. */
export function isClose({ probability, threshold }: Pick<Prediction, 'probability' | 'threshold'>): boolean {
  return probability !== null && Math.abs(probability - threshold) < CLOSE;
}

/** Why there is no answer, with the file's name instead of its path, which is arbitrary for an upload. */
export const errorText = ({ error, facts, file }: Pick<Prediction, 'error' | 'facts' | 'file'>): string =>
  errorDetail({ message: error ?? '', facts: facts ? { ...facts, file: lastName(file) } : null });

/** The same as an error: with the file's name, not where an upload was stored. */
export const errorOf = (prediction: Pick<Prediction, 'error' | 'facts' | 'file'>): AppError =>
  new AppError('unreadable-file', errorText(prediction), {
    ...prediction.facts,
    file: lastName(prediction.file),
  });

/** The names of a file's pictures among the predictions; none if it is a single picture. */
export const picturesOf = (file: string, predictions: readonly Pick<Prediction, 'file'>[]): string[] =>
  picturesIn(
    file,
    predictions.map((prediction) => prediction.file),
  );

/** The names that are pictures of a file. */
export const picturesIn = (file: string, names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith(`${file}#`) && frameInName.exec(name)?.index === file.length);

/** An answer in words: the class's name, where there is one. */
export function answerText({ answer, label, error }: Pick<Prediction, 'answer' | 'label' | 'error'>): string {
  if (answer === 'unsure') return t('predict.unsure');
  return answer === 'refused' || error !== null || label === null ? t('predict.unanswered') : label;
}

/** Runs that differ from a run only by chance: the same network and image size, with other seeds or folds. */
export const alike = (of: RunView | undefined, views: Iterable<RunView>): Set<string> =>
  new Set(
    [...views]
      .filter(
        ({ run }) =>
          run.network === of?.run.network &&
          run.settings.pixels.imageSize === of.run.settings.pixels.imageSize,
      )
      .map(({ run }) => run.id),
  );
