import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { meanAt, votesIn } from '../statistics/evidence.ts';
import type { Steps } from '../system/steps.ts';
import { answersOf } from './answers-of.ts';

/** Several runs' answers on one test set, image by image. */
export type TestAnswers = {
  /** Of the first run's dataset; the other fields have the same order. */
  imageIds: number[];
  groups: number[];
  labels: (0 | 1)[];
  /** One per run: its probability of the positive class for each image. */
  models: Float64Array[];
};

/** A scan: all images of one group with one label. `images` are indices into `TestAnswers`. */
export type AnsweredScan = { group: number; label: 0 | 1; images: number[]; probabilities: number[] };

/**
 * The answers of evaluated runs on test sets that hold the same images. Groups are those of the split; where it was drawn without
 * groups, twins are grouped all the same, as they are not independent evidence.
 */
export function* testAnswersOf(registry: Registry, runs: readonly Run[]): Steps<TestAnswers> {
  const answers = yield* answersOf(registry, runs);
  const first = answers[0]!;
  return {
    imageIds: first.map(({ imageId }) => imageId),
    groups: first.map(({ group }) => group),
    labels: first.map(({ label }) => label),
    models: answers.map((rows) => Float64Array.from(rows, ({ probability }) => probability)),
  };
}

/** The scans of a test set, each with every run's mean probability, in the order of their first images. */
export const answeredScans = (answers: TestAnswers): AnsweredScan[] =>
  votesIn(answers).map((scan) => ({
    ...scan,
    probabilities: answers.models.map((model) => meanAt(model, scan.images)),
  }));
