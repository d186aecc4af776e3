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

/** A run's data: its dataset, the images in row order, and the rows of each set. */
export type RunData = {
  dataset: Dataset;
  images: ImageRecord[];
  parts: Record<Part, LabelledRows>;
};

/**
 * Reads the data of a run on a split from the registry.
 * @throws FalxError `bad-run` if the run was imported from a file, without its scans, or comes from another program.
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
 * The same for a run, whose settings may leave out some of the training set: what it was trained on, or would be if it has not
 * started. @throws FalxError as `dataOf`.
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

/** The split came with a run from another workstation, without scans. */
const scansElsewhere = ({ id, datasetId, method }: Split) =>
  method === IMPORTED_SPLIT
    ? new FalxError('importedNoScans', { split: id, dataset: datasetId })
    : new FalxError('runScansElsewhere', { split: id, dataset: datasetId });

/** @throws FalxError `bad-run` if a split came with a run from another workstation. */
export function requireScans(registry: Registry, splitId: string): void {
  const split = registry.splits.get(splitId);
  if (registry.images.list(split.datasetId).length === 0) throw scansElsewhere(split);
}

/**
 * Refuses a split that can't be trained on, before a run is queued.
 * @throws FalxError `bad-dataset` if the dataset has scans of only one class; `bad-split` if its training set has.
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
 * Everything that the trainer needs to know, and an output folder in the state it expects.
 * @throws FalxError `bad-split` if the training set lacks one of the classes.
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

/** Creates the run's folder. @returns whether it contains an earlier attempt to resume. */
function prepareFolder(run: Run): boolean {
  // Only an interrupted run has a folder already: run ids are never reused.
  const resume = existsSync(run.folder) && readdirSync(run.folder).some((name) => !name.startsWith('.'));
  // Nothing is removed here: another process may hold the lock in it, before its first epoch.
  onDisk(run.folder, () => {
    mkdirSync(run.folder, { recursive: true });
    // Its own entry and that of the folder of runs: without them everything flushed in it would be lost.
    for (const above of [path.dirname(run.folder), path.dirname(path.dirname(run.folder))]) flush(above);
  });
  return resume;
}
