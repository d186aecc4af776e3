import { evidenceIn, groupsIn, type Evidence } from '../check/scan-groups.ts';
import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { Part, Run, Split } from '../contract/records.ts';
import {
  foldMeasureNames,
  type FoldComparison,
  type FoldMeasureName,
  type FoldSummary,
  type SeedSummary,
} from '../contract/views.ts';
import { poolInSteps, type OutOfFold } from '../evaluate/pooled.ts';
import { hasModel, THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { measuresOf } from '../statistics/measures.ts';
import { correctedResampledTest } from '../statistics/paired.ts';
import { spreadOf } from '../statistics/spread.ts';
import type { Steps } from '../system/steps.ts';

/**
 * The runs that represent a set of folds: for each network and settings the newest run with a model on each fold.
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
 * Runs on the folds of one set, summarised by network and settings. Runs not evaluated on their test set are listed and left out.
 * @param runs of splits of that set.
 * @throws FalxError `bad-usage` if two runs cover the same fold; `not-found`.
 */
export function* foldComparison(
  registry: Registry,
  set: string,
  runs: readonly Run[],
): Steps<FoldComparison> {
  const splits = foldsOf(registry, set);
  refuseTwice(splits, runs);
  const evidence = yield* evidenceIn(registry, splits[0]!.datasetId);
  const grouping = withTwinsGrouped(splits[0]!.certificate?.grouping);
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
    differences: differencesOf(registry, splits, summaries),
    unevaluated: runs.filter((run) => hasModel(run) && !evaluated.includes(run)).map(({ id }) => id),
  };
}

/**
 * Each network's out-of-fold answers for the images that all networks of a fold comparison have tested: each image is answered by
 * the run that had not seen it. Models are in the order of the summaries.
 */
export function* outOfFoldAnswers(
  registry: Registry,
  { splitIds, summaries }: Pick<FoldComparison, 'splitIds' | 'summaries'>,
): Steps<{ imageIds: number[]; groups: number[]; labels: (0 | 1)[]; models: Float64Array[] }> {
  const split = registry.splits.get(splitIds[0]!);
  const evidence = yield* evidenceIn(registry, split.datasetId);
  const { labels: groupOf } = yield* groupsIn(evidence, withTwinsGrouped(split.certificate?.grouping));
  const answered = summaries.map(
    ({ runs }) =>
      new Map(
        runs.flatMap(({ runId }) =>
          registry.testPredictions.list(runId).map((answer) => [answer.imageId, answer] as const),
        ),
      ),
  );
  yield;
  const [first, ...others] = answered;
  const common = [...(first?.values() ?? [])].filter(({ imageId }) =>
    others.every((one) => one.has(imageId)),
  );
  return {
    imageIds: common.map(({ imageId }) => imageId),
    groups: common.map(({ imageId }) => groupOf[evidence.places.get(imageId)!]!),
    labels: common.map(({ label }) => label),
    models: answered.map((one) => Float64Array.from(common, ({ imageId }) => one.get(imageId)!.probability)),
  };
}

/** All pairs of summaries, over the folds that both have. */
function differencesOf(
  registry: Registry,
  splits: readonly Split[],
  summaries: readonly FoldSummary[],
): FoldComparison['differences'] {
  const share = testShare(registry, splits);
  return summaries.flatMap((one, a) =>
    summaries.slice(a + 1).map((other, more) => {
      const pairs = one.runs.flatMap(({ fold, values }) => {
        const its = other.runs.find((run) => run.fold === fold);
        return its ? [{ mine: values, its: its.values }] : [];
      });
      return {
        a,
        b: a + 1 + more,
        folds: pairs.length,
        measures: byMeasure((name) => {
          const differences = pairs.flatMap(({ mine, its }) =>
            mine[name] === null || its[name] === null ? [] : [mine[name] - its[name]],
          );
          return differences.length < pairs.length ? null : correctedResampledTest(differences, share);
        }),
      };
    }),
  );
}

const byMeasure = <V>(of: (name: FoldMeasureName) => V): Record<FoldMeasureName, V> =>
  Object.fromEntries(foldMeasureNames.map((name) => [name, of(name)])) as Record<FoldMeasureName, V>;

/** Test images per training image, averaged over the folds. */
function testShare(registry: Registry, splits: readonly Split[]): number {
  const shares = splits.map(({ id }) => {
    const parts = registry.parts.list(id);
    const having = (part: Part) => parts.filter((one) => one.part === part).length;
    return having('test') / Math.max(1, having('train'));
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/**
 * Summarises two or more runs on one split that differ in nothing but the seed: how much of a figure is chance.
 * @param runs that were evaluated.
 */
export function seedSummaries(registry: Registry, runs: readonly Run[]): SeedSummary[] {
  const key = (run: Run) =>
    `${run.splitId} ${settingsKey({ ...run, settings: { ...run.settings, seed: 0 } })}`;
  return [...Map.groupBy(runs, key).values()].flatMap((alike): SeedSummary[] => {
    const bySeed = new Map(alike.map((run) => [run.settings.seed, run]));
    const summarised = [...bySeed]
      .sort(([a], [b]) => a - b)
      .flatMap(([seed, run]) => {
        const [metrics] = registry.metrics.list(run.id, 'test');
        if (!metrics) return [];
        const all = measuresOf(metrics);
        return [{ seed, runId: run.id, values: byMeasure((name) => all[name].value) }];
      });
    if (summarised.length < 2) return [];
    return [
      {
        network: alike[0]!.network,
        imageSize: alike[0]!.settings.pixels.imageSize,
        trainShare: alike[0]!.settings.trainShare,
        runs: summarised,
        measures: byMeasure((name) => {
          const values = summarised.map((run) => run.values[name]);
          const known = values.filter((value) => value !== null);
          const whole = known.length === values.length;
          return {
            ...spreadOf(values),
            least: whole ? Math.min(...known) : null,
            most: whole ? Math.max(...known) : null,
          };
        }),
      },
    ];
  });
}

/** The splits of a set, in fold order. @throws FalxError `not-found`. */
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
      // Only those shown for folds: the schema of the window's answer accepts no others.
      values: byMeasure((name) => values.get(foldOf(run))![name]),
    })),
    missing: [...splits.keys()].filter((fold) => !ordered.some((run) => foldOf(run) === fold)),
    images: answers.length,
    groups,
    confusion,
    measures,
  };
}

/** Twins are not independent evidence, even if the split was drawn as if they were. */
export const withTwinsGrouped = (grouping: Grouping | undefined): Grouping =>
  grouping === undefined || grouping.by === 'none' ? { by: 'twins' } : grouping;

/** Equal for runs that differ in nothing but the split. */
const settingsKey = (run: Run): string => JSON.stringify([run.network, run.settings, run.weightsSha256]);

/** Equal for runs that cover the same fold. */
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
 * The set of folds that runs on several splits belong to, or null if none of them is a fold.
 * @throws FalxError `bad-run` for folds of several sets, or folds mixed with other splits: their test sets overlap.
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
