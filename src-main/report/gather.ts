import { checkView } from '../check/view.ts';
import { evidenceOf } from '../compare/compare-handlers.ts';
import { validationInSteps } from '../compare/validate.ts';
import {
  answeredScans,
  testAnswersOf,
  type AnsweredScan,
  type TestAnswers,
} from '../compare/scan-answers.ts';
import type { CheckView, Decision } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { Evidence } from '../contract/evidence.ts';
import { networkTable, networkTitle } from '../contract/networks.ts';
import type { Dataset, Epoch, ImageRecord, Part, Quarantined, Run, Split } from '../contract/records.ts';
import type { Validation } from '../contract/studies.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import { weightsHash } from '../train/manifest.ts';
import type { Drawn } from './figures/figures.ts';

/** Everything that a report is written from: records and counts, no words yet. */
export type Gathered = {
  runs: readonly Run[];
  /** As figures and tables call them; the mean of all is the last where there are several. */
  models: readonly Drawn[];
  dataset: Dataset;
  negative: string;
  split: Split;
  images: ReadonlyMap<number, ImageRecord>;
  partOf: ReadonlyMap<number, Part>;
  quarantined: readonly Quarantined[];
  /** Those that hold, oldest first. */
  decisions: readonly Decision[];
  check: CheckView;
  evidence: Evidence;
  answers: TestAnswers;
  scans: readonly AnsweredScan[];
  /** Of each run on other datasets, as far as it was validated there. */
  validations: readonly Validation[];
  epochs: ReadonlyMap<string, readonly Epoch[]>;
  /** SHA-256 of each run's trained weights; null where no manifest vouches for it. */
  weightsHashes: ReadonlyMap<string, string | null>;
};

const DASHES = [undefined, '6 3', '2 3', '9 3 2 3'] as const;
const OF_MEAN = '#444b55';

/**
 * @param mean what the mean of all models is called.
 * @throws FalxError `bad-run` when their test parts differ; `bad-usage` without a run.
 */
export async function gather(
  registry: Registry,
  runIds: readonly string[],
  mean: string,
  signal?: AbortSignal,
): Promise<Gathered> {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  const [first] = runs;
  if (!first) throw new FalxError('reportRunsNone', {});
  const evidence = await evidenceOf(registry, runIds, signal);
  const answers = await runInTurns(testAnswersOf(registry, runs), signal);
  const split = registry.splits.get(first.splitId);
  const dataset = registry.datasets.get(split.datasetId);
  const validations: Validation[] = [];
  for (const { id } of runs)
    for (const datasetId of registry.studies.validatedOn(id))
      validations.push(await runInTurns(validationInSteps(registry, id, datasetId), signal));
  return {
    runs,
    validations,
    models: [...drawnRuns(runs), ...(runs.length > 1 ? [{ name: mean, colour: OF_MEAN }] : [])],
    dataset,
    negative: dataset.classes.find((name) => name !== dataset.positive) ?? '',
    split,
    images: new Map(registry.images.list(dataset.id).map((image) => [image.id, image])),
    partOf: new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part])),
    quarantined: registry.quarantine.list(dataset.id),
    decisions: registry.checks.decisions(dataset.id).filter(({ undone }) => undone === null),
    check: checkView(registry, dataset.id),
    evidence,
    answers,
    scans: answeredScans(answers),
    epochs: registry.epochs.ofRuns(runs.map(({ id }) => id)),
    weightsHashes: new Map(runs.map(({ id, folder }) => [id, weightsHash(folder)])),
  };
}

/** By name, or network; with the random seed or the id where that is not one of a kind. */
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
    const dash = DASHES[before % DASHES.length];
    return { name, colour: networkTable[network].colour.light, ...(dash && { dash }) };
  });
}
