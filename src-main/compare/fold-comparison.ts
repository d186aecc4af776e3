import { evidenceIn, groupsIn, type Evidence } from '../check/scan-groups.ts';
import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { Run, Split } from '../contract/records.ts';
import type { FoldComparison, FoldSummary } from '../contract/views.ts';
import { poolInSteps, type OutOfFold } from '../evaluate/pooled.ts';
import { hasModel, THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import type { Steps } from '../system/steps.ts';

/**
 * The runs that speak for a set of folds: of each network and settings the newest that has a model, for each fold.
 * @throws FalxError `not-found`.
 */
export function runsOfFolds(registry: Registry, set: string): Run[] {
  const splits = foldsOf(registry, set);
  const newest = new Map<string, Run>();
  for (const run of registry.runs.list()) {
    if (!splits.some(({ id }) => id === run.splitId) || !hasModel(run)) continue;
    const key = foldKey(run);
    const known = newest.get(key);
    if (!known || known.created <= run.created) newest.set(key, run);
  }
  return [...newest.values()];
}

/**
 * Runs over the folds of one set, summarised for each network and settings. Runs that have not evaluated their test part
 * are named, and left out.
 * @param runs of splits of that set. @throws FalxError `bad-usage` when two runs speak for the same fold; `not-found`.
 */
export function* foldComparison(
  registry: Registry,
  set: string,
  runs: readonly Run[],
): Steps<FoldComparison> {
  const splits = foldsOf(registry, set);
  refuseTwice(splits, runs);
  const evidence = yield* evidenceIn(registry, splits[0]!.datasetId);
  const grouping = independent(splits[0]!.certificate?.grouping);
  const { labels } = yield* groupsIn(evidence, grouping);
  const evaluated = runs.filter(({ id }) => registry.metrics.list(id, 'test').length > 0);
  const summaries: FoldSummary[] = [];
  for (const alike of Map.groupBy(evaluated, settingsKey).values()) {
    summaries.push(yield* summaryOf(registry, splits, alike, evidence, labels));
    yield;
  }
  return {
    set,
    of: splits[0]!.fold!.of,
    splitIds: splits.map(({ id }) => id),
    threshold: THRESHOLD,
    summaries,
    unevaluated: runs.filter((run) => hasModel(run) && !evaluated.includes(run)).map(({ id }) => id),
  };
}

/** The splits of a set, in the order of folds. @throws FalxError `not-found`. */
export function foldsOf(registry: Registry, set: string): Split[] {
  const splits = registry.splits.folds(set);
  if (splits.length > 0) return splits;
  throw new FalxError('foldsMissing', { id: set });
}

function* summaryOf(
  registry: Registry,
  splits: readonly Split[],
  runs: readonly Run[],
  { places }: Evidence,
  labels: Uint32Array,
): Steps<FoldSummary> {
  const foldOf = (run: Run) => splits.findIndex(({ id }) => id === run.splitId);
  const ordered = runs.toSorted((a, b) => foldOf(a) - foldOf(b));
  const answers: OutOfFold[] = [];
  for (const run of ordered) {
    for (const { imageId, label, probability } of registry.testPredictions.list(run.id))
      answers.push({ fold: foldOf(run), group: labels[places.get(imageId)!]!, label, probability });
    yield;
  }
  const { values, confusion, groups, measures } = yield* poolInSteps(answers, THRESHOLD);
  const [first] = ordered;
  return {
    network: first!.network,
    imageSize: first!.settings.pixels.imageSize,
    name: first!.name,
    runs: ordered.map((run) => ({
      fold: foldOf(run),
      runId: run.id,
      images: answers.filter(({ fold }) => fold === foldOf(run)).length,
      values: values.get(foldOf(run))!,
    })),
    missing: [...splits.keys()].filter((fold) => !ordered.some((run) => foldOf(run) === fold)),
    images: answers.length,
    groups,
    confusion,
    measures,
  };
}

/** Twins are no independent evidence, also where a split was drawn as if they were. */
export const independent = (grouping: Grouping | undefined): Grouping =>
  grouping === undefined || grouping.by === 'none' ? { by: 'twins' } : grouping;

/** The same for runs that differ in nothing but the split. */
const settingsKey = (run: Run): string => JSON.stringify([run.network, run.settings, run.weightsSha256]);

/** The same for runs that speak for the same fold. */
const foldKey = (run: Run): string => `${run.splitId} ${settingsKey(run)}`;

function refuseTwice(splits: readonly Split[], runs: readonly Run[]): void {
  const seen = new Map<string, Run>();
  for (const run of runs.filter(hasModel)) {
    const key = foldKey(run);
    const other = seen.get(key);
    if (other)
      throw new FalxError('foldTwice', {
        one: other.id,
        other: run.id,
        network: run.network,
        fold: splits.findIndex(({ id }) => id === run.splitId) + 1,
      });
    seen.set(key, run);
  }
}

/**
 * The set of folds that runs on several splits are of, or null when none of them is a fold.
 * @throws FalxError `bad-run` for folds of several sets, or folds beside other splits: their test parts overlap.
 */
export function commonSet(registry: Registry, runs: readonly Run[]): string | null {
  const splits = [...new Set(runs.map(({ splitId }) => splitId))].map((id) => registry.splits.get(id));
  const sets = [...new Set(splits.map(({ fold }) => fold?.set ?? null))];
  if (sets.length === 1) return sets[0]!;
  if (sets.every((set) => set === null)) return null;
  throw new FalxError('foldsOfSeveralSets', {
    list: splits.map(({ id, fold }) =>
      fold
        ? message('placeOfFold', { split: id, fold: fold.index + 1, set: fold.set })
        : message('placeOfSplit', { split: id }),
    ),
  });
}
