import { checkView } from '../check/view.ts';
import { evidenceOf, haveOneTest } from '../compare/compare-handlers.ts';
import { contradictionsIn } from '../compare/evidence.ts';
import { commonSet, foldComparison, foldsOf, outOfFoldAnswers } from '../compare/fold-comparison.ts';
import { thresholdBy } from '../compare/thresholds.ts';
import {
  answeredScans,
  testAnswersOf,
  type AnsweredScan,
  type TestAnswers,
} from '../compare/scan-answers.ts';
import type { CheckView, Decision } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { Evidence } from '../contract/evidence.ts';
import { networkTable, networkTitle, type NetworkName } from '../contract/networks.ts';
import type { Dataset, Epoch, ImageRecord, Part, Quarantined, Run, Split } from '../contract/records.ts';
import type { AttributeChoice, ThresholdRule } from '../contract/studies.ts';
import type { FoldComparison } from '../contract/views.ts';
import { THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, perScan } from '../statistics/evidence.ts';
import { runInTurns } from '../system/steps.ts';
import { weightsHash } from '../train/manifest.ts';
import { trainingDataOf } from '../train/plan.ts';
import type { Drawn } from './figures/figures.ts';
import { studiesOf, type Studied } from './studied.ts';

/** Everything that a report is written from: records and counts, no texts yet. */
export type Gathered = {
  runs: readonly Run[];
  /** Each run's name in tables. */
  runNames: readonly string[];
  /**
   * What is evaluated, with names for figures and tables: each run and, if there are several, the mean of all last; for runs on
   * folds, the runs of one network and its settings together.
   */
  models: readonly Drawn[];
  /** Runs on folds of one set, summarised: each image was tested once by each model. Null for runs on one test set. */
  folds: FoldComparison | null;
  /** Rule by which each run's threshold was chosen on its validation set; null: Falx's default. */
  rule: ThresholdRule | null;
  dataset: Dataset;
  negative: string;
  /** For folds, the first; `splits` are all. */
  split: Split;
  splits: readonly Split[];
  /** For each split: the images of its test set. */
  testedIn: readonly (readonly number[])[];
  images: ReadonlyMap<number, ImageRecord>;
  partOf: ReadonlyMap<number, Part>;
  quarantined: readonly Quarantined[];
  /** Those in force, oldest first. */
  decisions: readonly Decision[];
  check: CheckView;
  evidence: Evidence;
  answers: TestAnswers;
  scans: readonly AnsweredScan[];
  /** Further studies of the runs. */
  studied: Studied;
  epochs: ReadonlyMap<string, readonly Epoch[]>;
  /** Size of each run's training set, images. */
  trainedOn: readonly number[];
  /** SHA-256 of each run's trained weights; null without a manifest. */
  weightsHashes: ReadonlyMap<string, string | null>;
};

const DASHES = [undefined, '6 3', '2 3', '9 3 2 3'] as const;
const OF_MEAN = '#444b55';

export type GatherOptions = {
  registry: Registry;
  runIds: readonly string[];
  /** Chooses each run's threshold on its validation set. */
  rule?: ThresholdRule | undefined;
  /** Attributes for subgroups of the test set, besides its own headers and folders. */
  by?: readonly AttributeChoice[] | undefined;
  /** Names for the mean of all models and for a run on a fold, from 1. */
  called: { mean: string; fold: (model: string, fold: number) => string };
  signal?: AbortSignal | undefined;
};

/**
 * @throws FalxError `bad-run` if their test sets differ and they are not folds of one set, or if a rule finds no validation set;
 *   `bad-usage` without a run, or for a rule on folds; as `attributeOf`.
 */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { registry, rule, called } = options;
  const runs = [...new Set(options.runIds)].map((id) => registry.runs.get(id));
  const [first] = runs;
  if (!first) throw new FalxError('reportRunsNone', {});
  const set = haveOneTest(registry, runs) ? null : commonSet(registry, runs);
  if (set !== null && rule) throw new FalxError('reportRuleOfFolds', {});
  const chosen = rule && runs.map((run) => thresholdBy(run, rule));
  const judged =
    set === null
      ? await evaluatedOnOneSet(runs, options, chosen)
      : await evaluatedOnFolds(runs, set, options, called.fold);
  const splits = set === null ? [registry.splits.get(first.splitId)] : foldsOf(registry, set);
  const [split] = splits as [Split];
  const dataset = registry.datasets.get(split.datasetId);
  return {
    ...judged,
    runs,
    rule: rule ?? null,
    studied: await studiesOf(runs, {
      ...options,
      dataset,
      thresholds: judged.evidence.thresholds,
      chosen,
      folds: judged.folds,
    }),
    dataset,
    negative: dataset.classes.find((name) => name !== dataset.positive) ?? '',
    split,
    splits,
    testedIn: splits.map(({ id }) =>
      registry.parts.list(id).flatMap(({ imageId, part }) => (part === 'test' ? [imageId] : [])),
    ),
    images: new Map(registry.images.list(dataset.id).map((image) => [image.id, image])),
    partOf: new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part])),
    quarantined: registry.quarantine.list(dataset.id),
    decisions: registry.checks.decisions(dataset.id).filter(({ undone }) => undone === null),
    check: checkView(registry, dataset.id),
    scans: answeredScans(judged.answers),
    epochs: registry.epochs.ofRuns(runs.map(({ id }) => id)),
    trainedOn: await Promise.all(
      runs.map(async (run) => (await trainingDataOf(registry, run)).parts.train.rows.length),
    ),
    weightsHashes: new Map(runs.map(({ id, folder }) => [id, weightsHash(folder)])),
  };
}

type Evaluated = Pick<Gathered, 'models' | 'runNames' | 'evidence' | 'answers' | 'folds'>;

/** @throws FalxError `bad-run` if the runs' test sets differ. */
async function evaluatedOnOneSet(
  runs: readonly Run[],
  { registry, called, signal }: GatherOptions,
  chosen: readonly { threshold: number }[] | undefined,
): Promise<Evaluated> {
  const thresholds = chosen?.map(({ threshold }) => threshold);
  const evidence = await evidenceOf(
    registry,
    runs.map(({ id }) => id),
    { thresholds, signal },
  );
  const drawn = drawnRuns(runs);
  return {
    folds: null,
    evidence,
    answers: await runInTurns(testAnswersOf(registry, runs), signal),
    runNames: drawn.map(({ name }) => name),
    models: [...drawn, ...(runs.length > 1 ? [{ name: called.mean, colour: OF_MEAN }] : [])],
  };
}

/** For each network and its settings the answers of all folds together, each image by the run that had not seen it. */
async function evaluatedOnFolds(
  runs: readonly Run[],
  set: string,
  { registry, signal }: GatherOptions,
  nameOf: (model: string, fold: number) => string,
): Promise<Evaluated> {
  const folds = await runInTurns(foldComparison(registry, set, runs), signal);
  const answers = await runInTurns(outOfFoldAnswers(registry, folds), signal);
  const models = drawnRuns(folds.summaries.map((summary) => registry.runs.get(summary.runs[0]!.runId)));
  const { groups, labels } = answers;
  const perImage = {
    groups,
    labels,
    models: answers.models,
    thresholds: models.map(() => THRESHOLD),
    // Runs of one model answer different scans on each fold: paired tests are invalid; `differences` of folds has a valid one.
    compared: 0,
  };
  const placed = new Map(
    folds.summaries.flatMap((summary, at) => summary.runs.map(({ runId, fold }) => [runId, { at, fold }])),
  );
  return {
    folds,
    answers,
    models,
    evidence: {
      runIds: models.map(() => null),
      thresholds: perImage.thresholds,
      perScan: await runInTurns(evidenceInSteps({ ...perImage, ...perScan(perImage) }), signal),
      perImage: await runInTurns(evidenceInSteps(perImage), signal),
      contradictions: contradictionsIn(groups, labels),
    },
    runNames: runs.map(({ id, network }) => {
      const place = placed.get(id);
      return place ? nameOf(models[place.at]!.name, place.fold + 1) : networkTitle(network);
    }),
  };
}

/** The models' distinct thresholds: "0.5" or "0.412, 0.387". */
export const thresholdsIn = ({ evidence, answers }: Gathered): string =>
  [...new Set(evidence.thresholds.slice(0, answers.models.length))]
    .map((one) => String(Math.round(one * 1000) / 1000))
    .join(', ');

/** By name, or network; with the random seed or the id if that is not unique. */
function drawnRuns(runs: readonly Run[]): Drawn[] {
  const plain = runs.map(({ name, network }) => name ?? networkTitle(network));
  const seeded = runs.map(({ settings }, at) => `${plain[at]!} (${settings.seed})`);
  const seen = new Map<string, number>();
  return runs.map(({ id, network }, at) => {
    const alike = (names: readonly string[]) => names.filter((one) => one === names[at]).length;
    const name =
      alike(plain) === 1 ? plain[at]! : alike(seeded) === 1 ? seeded[at]! : `${plain[at]!} (${id})`;
    const before = seen.get(network) ?? 0;
    seen.set(network, before + 1);
    return { name, ...styleOf(network, before) };
  });
}

/** Style of a network's curves. @param before how many models of the same network precede it. */
export function styleOf(network: NetworkName, before: number): Omit<Drawn, 'name'> {
  const dash = DASHES[before % DASHES.length];
  return { colour: networkTable[network].colour.light, ...(dash && { dash }) };
}
