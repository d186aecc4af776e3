import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { LabelledRows, PixelFile, TrainPlan } from '../contract/packets.ts';
import {
  IMPORTED_SPLIT,
  type Dataset,
  type ImageRecord,
  type Part,
  type Run,
  type Split,
} from '../contract/records.ts';
import { oneClass } from '../registry/labelled.ts';
import type { Registry } from '../registry/registry.ts';
import { flush } from '../system/durable.ts';
import { runInTurns } from '../system/steps.ts';
import { onDisk } from './run-storage.ts';
import { trainShareOf } from './train-share.ts';

/** What a run is trained on: its dataset, the images in row order, and which rows each part has. */
export type RunData = {
  dataset: Dataset;
  images: ImageRecord[];
  parts: Record<Part, LabelledRows>;
};

/**
 * Reads the data of a run on a split from the registry.
 * @throws FalxError `bad-run` where a run was brought in from a file, without its scans, or comes from another program.
 */
export function dataOf(registry: Registry, splitId: string): RunData {
  const split = registry.splits.get(splitId);
  const dataset = registry.datasets.get(split.datasetId);
  const images = registry.images.list(dataset.id);
  if (images.length === 0) throw scansElsewhere(split);
  const partOf = new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part]));
  const parts: RunData['parts'] = {
    train: { rows: [], labels: [] },
    validation: { rows: [], labels: [] },
    test: { rows: [], labels: [] },
  };
  images.forEach((image, row) => {
    const part = partOf.get(image.id);
    if (!part) return; // a split may leave images out
    parts[part].rows.push(row);
    parts[part].labels.push(image.className === dataset.positive ? 1 : 0);
  });
  return { dataset, images, parts };
}

/**
 * The same of a run, whose settings may leave out some of the training part: what it was trained on, or would be where that has not
 * begun. @throws FalxError as `dataOf`.
 */
export async function trainingDataOf(registry: Registry, run: Run): Promise<RunData> {
  const data = dataOf(registry, run.splitId);
  if (run.settings.trainShare === 1) return data;
  const images =
    registry.trainingShares.get(run.id) ??
    (await runInTurns(trainShareOf(registry, run.splitId, run.settings))).images;
  const { rows, labels } = data.parts.train;
  const kept = [...rows.keys()].filter((at) => images.has(data.images[rows[at]!]!.id));
  const train = { rows: kept.map((at) => rows[at]!), labels: kept.map((at) => labels[at]!) };
  return { ...data, parts: { ...data.parts, train } };
}

/** That a split came with a run from another workstation: its scans did not. */
const scansElsewhere = ({ id, datasetId, method }: Split) =>
  method === IMPORTED_SPLIT
    ? new FalxError('importedNoScans', { split: id, dataset: datasetId })
    : new FalxError('runScansElsewhere', { split: id, dataset: datasetId });

/** @throws FalxError `bad-run` where a split came with a run from another workstation. */
export function requireScans(registry: Registry, splitId: string): void {
  const split = registry.splits.get(splitId);
  if (registry.images.list(split.datasetId).length === 0) throw scansElsewhere(split);
}

/**
 * Refuses a split that nothing can be trained on, before a run is queued.
 * @throws FalxError `bad-dataset` where the dataset has scans of one class alone; `bad-split` where its training part has.
 */
export function requireBothClasses(registry: Registry, splitId: string): void {
  const dataset = registry.datasets.get(registry.splits.get(splitId).datasetId);
  const counts = registry.parts.counts(splitId);
  for (const name of classesOf(dataset)) {
    if (counts.train[name]! > 0) continue;
    throw registry.images.list(dataset.id).some(({ className }) => className === name)
      ? new FalxError('trainPartNoClass', { split: splitId, name })
      : oneClass(dataset);
  }
}

/** Class names of a dataset, negative then positive. */
export function classesOf(dataset: Dataset): [string, string] {
  const negative = dataset.classes.find((name) => name !== dataset.positive);
  if (negative === undefined) throw oneClass(dataset);
  return [negative, dataset.positive];
}

/**
 * All that the trainer needs to know, and an output folder in the state it expects.
 * @throws FalxError `bad-split` when the training part lacks one of the classes.
 */
export function planOf(
  run: Run,
  { dataset, parts }: RunData,
  pixelFile: PixelFile,
  weightsFile: string | null,
): TrainPlan {
  for (const label of [0, 1] as const)
    if (!parts.train.labels.includes(label))
      throw new FalxError('trainPartNoClass', { split: run.splitId, name: classesOf(dataset)[label] });
  return {
    runId: run.id,
    folder: run.folder,
    settings: run.settings,
    weightsFile,
    pixelFile,
    train: parts.train,
    validation: parts.validation,
    classes: classesOf(dataset),
    resume: prepareFolder(run),
  };
}

/** Makes the run's folder. @returns whether it holds something of an earlier try to go on from. */
function prepareFolder(run: Run): boolean {
  // Only an interrupted run has a folder already: a run's id is never given twice.
  const resume = existsSync(run.folder) && readdirSync(run.folder).some((name) => !name.startsWith('.'));
  // Nothing is removed here: another process may hold the lock in it, before its first epoch.
  onDisk(run.folder, () => {
    mkdirSync(run.folder, { recursive: true });
    // Its name and that of the folder of runs: all that is flushed in it would be lost with them.
    for (const above of [path.dirname(run.folder), path.dirname(path.dirname(run.folder))]) flush(above);
  });
  return resume;
}
