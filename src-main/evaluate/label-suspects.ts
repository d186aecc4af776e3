import { evidenceOf } from '../check/scan-groups.ts';
import type { LabelSuspect } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';

/** One scan with its label, 1 for the positive class, and its probability of that class by networks that never saw it. */
export interface LabelledAnswer {
  label: 0 | 1;
  probability: number;
}

/**
 * Scans whose label networks contradict with confidence: confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70, section
 * 3.1). A scan is counted as a class if its probability reaches the mean probability of that class among the scans labelled so; if
 * it reaches both, as the likelier one. A scan is suspect if it is counted as the other class and that class is the likelier one.
 * Without scans of a class nothing can be inferred, so none is suspect then.
 * @returns indices into `answers`, lowest margin (the label's probability less the other's) first, then in order.
 */
export function confidentContradictions(answers: readonly LabelledAnswer[]): number[] {
  const threshold = ([0, 1] as const).map((label) =>
    mean(answers.filter((answer) => answer.label === label).map((answer) => of(answer, label))),
  );
  return [...answers.keys()]
    .filter((at) => {
      const answer = answers[at]!;
      const other = answer.label === 1 ? 0 : 1;
      // If the other class is likelier it wins, whether or not the label's own threshold is reached as well.
      return marginOf(answer) < 0 && of(answer, other) >= threshold[other]! - ROUNDING;
    })
    .sort((a, b) => marginOf(answers[a]!) - marginOf(answers[b]!) || a - b);
}

/** Equal probabilities must reach their own mean, however it was rounded. */
const ROUNDING = 1e-6;

const of = ({ probability }: LabelledAnswer, label: 0 | 1): number =>
  label === 1 ? probability : 1 - probability;

const marginOf = (answer: LabelledAnswer): number => 2 * of(answer, answer.label) - 1;

/** Infinity of an empty list: a class without scans can't be reached. */
const mean = (values: readonly number[]): number =>
  values.length === 0 ? Infinity : values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The scans in these runs' test sets, each evaluated by the mean of the runs that tested it, and those whose label the networks
 * contradict. Dropped images are left out; those of them that are likelier of the other class are listed separately.
 * @param runIds evaluated runs on one dataset; more folds cover more of it, more runs of a fold evaluate it better.
 * @param limit most suspects to return.
 * @throws FalxError `bad-run` not evaluated yet; `bad-usage` runs on several datasets, or none; `not-found`.
 */
export function labelSuspects(
  registry: Registry,
  runIds: readonly string[],
  limit: number,
): { evaluated: number; suspects: LabelSuspect[]; dropped: LabelSuspect[] } {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  const { dropped, decisions } = evidenceOf(registry, datasetOf(registry, runs));
  const kept = new Set(
    decisions
      .flatMap(({ kind, imageIds }) => (kind === 'keep' ? imageIds : []))
      .filter((id) => !dropped.has(id)),
  );
  const all = [...meansOf(registry, runs)].sort(([a], [b]) => a - b);
  const evaluated = all.filter(([id]) => !dropped.has(id));
  const suspect = ([id, answer]: [number, MeanAnswer]): LabelSuspect => ({
    image: registry.images.get(id),
    probability: answer.probability,
    runs: answer.runs,
    margin: marginOf(answer),
    decided: dropped.has(id) ? 'drop' : kept.has(id) ? 'keep' : null,
  });
  return {
    evaluated: evaluated.length,
    suspects: confidentContradictions(evaluated.map(([, answer]) => answer))
      .slice(0, limit)
      .map((at) => suspect(evaluated[at]!)),
    dropped: all
      .filter(([id, answer]) => dropped.has(id) && marginOf(answer) < 0)
      .sort(([, a], [, b]) => marginOf(a) - marginOf(b))
      .slice(0, limit)
      .map(suspect),
  };
}

interface MeanAnswer extends LabelledAnswer {
  runs: string[];
}

/** By image id: the mean over the runs that had it in their test set. */
function meansOf(registry: Registry, runs: readonly Run[]): Map<number, MeanAnswer> {
  const means = new Map<number, MeanAnswer>();
  for (const run of runs)
    for (const { imageId, label, probability } of answersOf(registry, run)) {
      const known = means.get(imageId);
      const count = known?.runs.length ?? 0;
      means.set(imageId, {
        label,
        probability: ((known?.probability ?? 0) * count + probability) / (count + 1),
        runs: [...(known?.runs ?? []), run.id],
      });
    }
  return means;
}

function datasetOf(registry: Registry, runs: readonly Run[]): string {
  const ids = [...new Set(runs.map(({ splitId }) => registry.splits.get(splitId).datasetId))];
  if (ids.length === 1) return ids[0]!;
  throw new FalxError('labelsOneDataset', { count: ids.length, list: ids.join(', '), datasets: ids });
}

function answersOf(registry: Registry, run: Run) {
  const answers = registry.testPredictions.list(run.id);
  if (answers.length > 0) return answers;
  throw new FalxError('labelsNotEvaluated', { run: run.id, status: run.status });
}
