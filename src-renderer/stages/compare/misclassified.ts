import type { EvaluatedImage } from '../../../src-main/contract/views.ts';

/** One run's predictions on all test images. */
export type RunEvaluation = { runId: string; images: readonly EvaluatedImage[] };

/** `missed`: a false negative; `false-alarm`: a false positive. */
export type MistakeKind = 'missed' | 'false-alarm';

/** A test image that at least one of the runs misclassifies. */
export type Mistake = Pick<EvaluatedImage, 'imageId' | 'file' | 'className'> & {
  kind: MistakeKind;
  /** Runs that misclassify it, in the order of the runs. */
  wrong: string[];
  /** Every run's probability of the positive class, in the order of the runs. */
  answers: { runId: string; probability: number }[];
  /** Mean distance of the wrong probabilities from the label, 0 to 1. */
  error: number;
};

/**
 * The images on the wrong side of the threshold for at least one run: those that most runs misclassify first, and among
 * these the most confident errors.
 */
export function mistakesOf(evaluated: readonly RunEvaluation[], threshold: number): Mistake[] {
  const byImage = new Map<number, Mistake & { errors: number }>();
  for (const { runId, images } of evaluated)
    for (const { imageId, file, className, label, probability } of images) {
      let entry = byImage.get(imageId);
      if (!entry) {
        const kind = label === 1 ? 'missed' : 'false-alarm';
        entry = { imageId, file, className, kind, wrong: [], answers: [], error: 0, errors: 0 };
        byImage.set(imageId, entry);
      }
      entry.answers.push({ runId, probability });
      if (probability >= threshold === (label === 1)) continue;
      entry.wrong.push(runId);
      entry.errors += Math.abs(label - probability);
    }
  return [...byImage.values()]
    .filter(({ wrong }) => wrong.length > 0)
    .map(({ errors, ...mistake }) => ({ ...mistake, error: errors / mistake.wrong.length }))
    .sort((a, b) => b.wrong.length - a.wrong.length || b.error - a.error || a.imageId - b.imageId);
}

/** The mistakes of one run, the most confident first; null: of any run. */
export function mistakesOfRun(
  mistakes: readonly Mistake[],
  runId: string | null,
  kind: MistakeKind,
): Mistake[] {
  const ofKind = mistakes.filter((mistake) => mistake.kind === kind);
  if (runId === null) return ofKind;
  const probability = ({ answers }: Mistake) =>
    answers.find((answer) => answer.runId === runId)?.probability ?? NaN;
  return ofKind
    .filter(({ wrong }) => wrong.includes(runId))
    .sort((a, b) => (kind === 'missed' ? probability(a) - probability(b) : probability(b) - probability(a)));
}
