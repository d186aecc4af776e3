import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type {
  Evidence,
  MeasureWithInterval,
  ModelEvidence,
  Pair,
  UnitEvidence,
  Verdict,
} from '../contract/evidence.ts';
import type { Certificate } from '../contract/grouping.ts';
import { measuresShown, measureTable, type ResultMeasure, type ResultShare } from '../contract/measures.ts';
import type { Metrics, Run } from '../contract/records.ts';
import type { ChosenThreshold, ThresholdRule } from '../contract/studies.ts';
import type { FoldComparison, LearningCurve, SeedSummary, SharedTests } from '../contract/views.ts';
import { evaluateRun, type EvaluateOptions } from '../evaluate/evaluate-handlers.ts';
import { hasModel, THRESHOLD } from '../inference/predictor.ts';
import type { Counts } from '../statistics/confusion.ts';
import type { Interval } from '../statistics/intervals.ts';
import { measuresOf } from '../statistics/measures.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns, runToEnd } from '../system/steps.ts';
import { evidenceOfRuns } from './evidence.ts';
import { thresholdBy } from './thresholds.ts';
import { commonSet, foldComparison, seedSummaries } from './fold-comparison.ts';
import { learningCurvesOf } from './learning-curve.ts';

const names = measuresShown('results');

/** One run in the table. Measures are numbers; null if undefined or if the run has no model. */
export type ComparisonRow = { id: string; network: Run['network']; status: Run['status'] } & Record<
  ResultMeasure,
  number | null
> & {
    /** For measures that are shares of scans; null without a model. */
    counts: Record<ResultShare, Counts> | null;
    /**
     * 95 % interval of each measure, treating scans as independent: Wilson's for proportions, Hanley and McNeil's for the AUC; null
     * where there is none, such as for F1. Null without a model.
     */
    intervals: Record<
      ResultMeasure,
      { value: number | null } & { [End in keyof Interval]: number | null }
    > | null;
    /** All measures that a reviewer asks for, with intervals; null without a model, or for runs on folds. */
    perScan: UnitView | null;
    perImage: UnitView | null;
    confusion: Metrics['confusion'] | null;
    /** Test images. */
    images: number | null;
    /** Bytes of the model's variables. */
    modelBytes: number | null;
    parameters: number | null;
    millisecondsPerScan: number | null;
    imageSize: number;
    weights: string;
    bestEpoch: number | null;
    error: string | null;
  };

/** One model's evidence, per scan (one vote for each group of images) or per image. */
export type UnitView = {
  /** Scans or images, and the number of distinct groups (same scan or patient) among them. */
  units: number;
  groups: number;
  calibration: Record<'slope' | 'intercept' | 'ece', MeasureWithInterval>;
} & ModelEvidence['measures'] &
  Pick<ModelEvidence, 'confusion' | 'atPrevalence' | 'netBenefit'>;

/** Two runs compared on the same scans. */
export type ComparedPair = Omit<Pair, 'a' | 'b' | 'verdict'> & {
  /** Run ids. */
  a: string;
  b: string;
  verdict: Exclude<Verdict, { is: 'better' }> | (Extract<Verdict, { is: 'better' }> & { run: string });
};

export type Comparison = {
  /** The split of each run's test set; more than one only if their test sets hold the same images. */
  splits: string[];
  /** The certificate of each split; null if it was made before certificates existed. */
  certificates: (Certificate | null)[];
  threshold: number;
  /** Thresholds chosen on the validation set, used for `perScan`, `perImage` and pairs; null: `threshold` is used there too. */
  chosen: Omit<ChosenThreshold, 'test'>[] | null;
  /** In the order of the request. */
  runs: ComparisonRow[];
  /** The ensemble: the mean of all runs' probabilities, as a model of its own; null for one run. */
  mean: { perScan: UnitView; perImage: UnitView } | null;
  /** All pairs of runs, per scan. Empty for one run and for folds. */
  pairs: ComparedPair[];
  /** Groups that have images of both classes, so at least one label is wrong; null for folds. */
  contradictions: Evidence['contradictions'] | null;
  /** Runs that differ in nothing but the seed, summarised; empty for folds. */
  seeds: SeedSummary[];
  /** Runs that differ only in their share of the training set, and the seed; empty for folds. */
  curves: LearningCurve[];
  /** Runs on folds of one set, summarised; null if all were tested on the same images. */
  folds: FoldComparison | null;
};

export type CompareOptions = Omit<EvaluateOptions, 'runId' | 'signal'> & {
  runIds: readonly string[];
  /** Called before each evaluation that is still missing. */
  onEvaluate?: (run: Run) => void;
  /** Proportion of positives, 0 to 1, for which PPV and NPV are reported as well. */
  prevalence?: number | undefined;
  /** Chooses each run's threshold on the validation set; 0.5 when left out. */
  rule?: ThresholdRule | undefined;
};

/**
 * Compares several runs on the same test images, or on folds of one set, in one table; runs not evaluated yet are evaluated first.
 * A run without a model (failed, waiting or interrupted) gets a row without measures.
 * @throws FalxError `bad-run` if the runs' test sets differ and they are not folds of one set, since their figures can't be
 *   compared, or if none has a model; `bad-usage` if two runs cover the same fold.
 */
export async function compareRuns({
  registry,
  runIds,
  onEvaluate,
  prevalence,
  rule,
  ...options
}: CompareOptions): Promise<Comparison> {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  const set = haveOneTest(registry, runs) ? null : (commonSet(registry, runs) ?? refuseDifferentTests(runs));
  if (!runs.some(hasModel))
    throw new FalxError('noneHasModel', {
      list: runs.map(({ id, status }) => message('statusOfRun', { run: id, status })),
    });
  const rows: ComparisonRow[] = [];
  for (const run of runs) rows.push(comparisonRow(run, await metricsOf(run)));
  const evaluated = runs.filter((_, at) => rows[at]!.images !== null);
  const chosen = rule && set === null ? evaluated.map((run) => thresholdBy(run, rule)) : null;
  const thresholds = chosen?.map(({ threshold }) => threshold) ?? defaultThresholds(evaluated);
  const evidence =
    set === null && evaluated.length > 0
      ? await runInTurns(evidenceOfRuns({ registry, runs: evaluated, thresholds, prevalence }))
      : null;
  const splits = [...new Set(runs.map((run) => run.splitId))];
  const certificates = splits.map((id) => registry.splits.get(id).certificate);
  const folds = set === null ? null : runToEnd(foldComparison(registry, set, runs));
  const view = (id: string | null, unit: 'perScan' | 'perImage') => {
    const at = evidence?.runIds.indexOf(id) ?? -1;
    return at < 0 ? null : unitView(evidence![unit], at);
  };
  const mean = { perScan: view(null, 'perScan'), perImage: view(null, 'perImage') };
  return {
    splits,
    certificates,
    threshold: THRESHOLD,
    chosen,
    runs: rows.map((row) => ({
      ...row,
      perScan: view(row.id, 'perScan'),
      perImage: view(row.id, 'perImage'),
    })),
    mean: mean.perScan && mean.perImage ? { perScan: mean.perScan, perImage: mean.perImage } : null,
    pairs: evidence ? evidence.perScan.pairs.map((pair) => comparedPair(pair, evidence.runIds)) : [],
    contradictions: evidence?.contradictions ?? null,
    seeds: set === null ? seedSummaries(registry, evaluated) : [],
    curves: set === null ? await runInTurns(learningCurvesOf(registry, evaluated)) : [],
    folds,
  };

  async function metricsOf(run: Run): Promise<Metrics | null> {
    if (!hasModel(run)) return null;
    const [stored] = registry.metrics.list(run.id, 'test');
    if (stored) return stored;
    onEvaluate?.(run);
    return evaluateRun({ registry, runId: run.id, ...options });
  }
}

/**
 * The performance of evaluated runs on one test set, and whether they differ.
 * @param thresholds of each run; 0.5 when left out.
 * @throws FalxError `bad-run` if their test sets differ.
 */
export async function evidenceOf(
  registry: Registry,
  runIds: readonly string[],
  {
    thresholds,
    signal,
  }: { thresholds?: readonly number[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Evidence> {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  requireOneTest(registry, runs);
  return runInTurns(
    evidenceOfRuns({ registry, runs, thresholds: thresholds ?? defaultThresholds(runs) }),
    signal,
  );
}

const defaultThresholds = (runs: readonly Run[]): number[] => runs.map(() => THRESHOLD);

function unitView({ units, groups, models }: UnitEvidence, at: number): UnitView {
  const { measures, ...rest } = models[at]!;
  const { calibrationSlope: slope, calibrationIntercept: intercept, ece } = measures;
  return { units, groups, ...measures, calibration: { slope, intercept, ece }, ...rest };
}

function comparedPair({ a, b, verdict, ...pair }: Pair, runIds: Evidence['runIds']): ComparedPair {
  return {
    a: runIds[a]!,
    b: runIds[b]!,
    ...pair,
    verdict: verdict.is === 'better' ? { ...verdict, run: runIds[verdict.model]! } : verdict,
  };
}

/** A run and its test metrics as one flat row, without what requires its individual answers. */
export function comparisonRow(run: Run, metrics: Metrics | null): ComparisonRow {
  const measures = metrics && measuresOf(metrics);
  return {
    id: run.id,
    network: run.network,
    status: run.status,
    ...byMeasure((name) => measures?.[name].value ?? null),
    counts: measures && countsOf(measures),
    intervals:
      measures &&
      byMeasure((name) => {
        const { value, interval } = measures[name];
        return { value, low: interval?.low ?? null, high: interval?.high ?? null };
      }),
    perScan: null,
    perImage: null,
    confusion: metrics?.confusion ?? null,
    images: metrics?.images ?? null,
    modelBytes: metrics?.modelBytes ?? null,
    parameters: metrics?.parameters ?? null,
    millisecondsPerScan: metrics?.millisecondsPerScan ?? null,
    imageSize: run.settings.pixels.imageSize,
    weights: run.settings.weights,
    bestEpoch: run.bestEpoch,
    error: run.error,
  };
}

const byMeasure = <V>(value: (name: ResultMeasure) => V): Record<ResultMeasure, V> =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<ResultMeasure, V>;

const countsOf = (measures: ReturnType<typeof measuresOf>): ComparisonRow['counts'] =>
  Object.fromEntries(
    names.flatMap((name) => {
      const { counts } = measures[name];
      return counts && measureTable[name].as === 'percent' ? [[name, counts]] : [];
    }),
  ) as Record<ResultShare, Counts>;

/** @throws FalxError `bad-run` if the runs' test sets differ. */
export function requireOneTest(registry: Registry, runs: readonly Run[]): void {
  if (!haveOneTest(registry, runs)) refuseDifferentTests(runs);
}

/** Whether runs, of one split or several, were tested on the same scans, and how large the overlap of their test sets is. */
export function sharedTests(registry: Registry, runs: readonly Run[]): SharedTests {
  const splitIds = [...new Set(runs.map(({ splitId }) => splitId))];
  const texts = splitIds.map((id) => testImages(registry, id));
  const tests = texts.map((text) => text.split('\n').filter(Boolean));
  const [first = [], ...others] = tests.map((lines) => new Set(lines));
  return {
    same: new Set(texts).size <= 1,
    common: [...first].filter((line) => others.every((other) => other.has(line))).length,
    tests: splitIds.map((splitId, i) => ({ splitId, images: tests[i]!.length })),
  };
}

/** Whether runs were tested on the same images. */
export function haveOneTest(registry: Registry, runs: readonly Run[]): boolean {
  const splitIds = [...new Set(runs.map(({ splitId }) => splitId))];
  return splitIds.length <= 1 || new Set(splitIds.map((id) => testImages(registry, id))).size === 1;
}

function refuseDifferentTests(runs: readonly Run[]): never {
  throw new FalxError('testsDiffer', {
    list: runs.map(({ id, splitId }) => message('splitOfRun', { run: id, split: splitId })),
  });
}

/** The images of a split's test set as one string: equal for equal sets, also if a dataset was imported twice. */
function testImages(registry: Registry, splitId: string): string {
  const { datasetId } = registry.splits.get(splitId);
  const test = new Set(
    registry.parts.list(splitId).flatMap(({ imageId, part }) => (part === 'test' ? [imageId] : [])),
  );
  return registry.images
    .list(datasetId)
    .filter((image) => test.has(image.id))
    .map((image) => `${image.sha256} ${image.className}`)
    .sort()
    .join('\n');
}
