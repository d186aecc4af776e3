import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { saysDiskFull } from '../system/disk-error.ts';
import { systemReason } from '../system/system-reason.ts';
import { Epoch } from '../contract/records.ts';
import { TrainingSettings } from '../contract/settings.ts';
import { type FileStamp, flush, replaceFile, stampOf } from '../system/durable.ts';
import { inOneLine } from '../tensorflow/one-line.ts';
import { damagedFile, type Ending, Stamps, writeManifest } from './manifest.ts';

/**
 * A run's folder while it trains:
 *
 *     saved_model.pb   best-<epoch>/variables.*   checkpoint-<epoch>/ all.*, state.json, stamps.json
 *
 * and when it is done: `saved_model.pb`, `variables/`, `frozen/` (constants, for predicting), `falx.json`,
 * `manifest.json`.
 *
 * A checkpoint is valid once its `stamps.json` exists, which is written last and has the hashes of all its files and of
 * those of the best epoch. Two are kept, with the best epoch of each: if one is damaged, training continues from the other.
 * The order of writes is documented in docs/decisions/order-of-writes.md.
 */
export const TrainState = z.object({
  /** Epochs finished. */
  epoch: z.int(),
  /** Folders below the run's, null before the first. */
  checkpoint: z.string().nullable(),
  best: z
    .object({
      folder: z.string(),
      epoch: z.int(),
      loss: z.number(),
      /** Its files as they were written; earlier versions left it out. */
      files: Stamps.optional(),
    })
    .nullable(),
  /** Epochs since the best one, in this phase. */
  waited: z.int(),
  epochs: z.array(Epoch),
  weightsSha256: z.string().nullable(),
  batchNormFolded: z.boolean(),
});
export type TrainState = z.infer<typeof TrainState>;

/** A finished run's own description, beside the model: enough to predict without the registry. */
export const ModelCard = z.object({
  falx: z.literal(1),
  runId: z.string(),
  settings: TrainingSettings,
  /** Negative, positive. */
  classes: z.tuple([z.string(), z.string()]),
  bestEpoch: z.int(),
  /** Number of parameters and the bytes they take. */
  parameters: z.int(),
  modelBytes: z.int(),
});
export type ModelCard = z.infer<typeof ModelCard>;

export const emptyState = (): TrainState => ({
  epoch: 0,
  checkpoint: null,
  best: null,
  waited: 0,
  epochs: [],
  weightsSha256: null,
  batchNormFolded: false,
});

/** State to resume from. */
export interface Resumable {
  state: TrainState | null;
  /** Whether all its files are known to be as written; those of earlier versions are not. */
  vouched: boolean;
  /** A damaged file of each newer checkpoint. */
  damaged: string[];
}

/** The newest checkpoint that is completely intact. */
export function readCheckpoints(folder: string): Resumable {
  const damaged: string[] = [];
  for (const name of checkpointsOf(folder)) {
    const read = readCheckpoint(folder, name);
    if (typeof read !== 'string') return { state: read, vouched: true, damaged };
    damaged.push(read);
  }
  const earlier = readEarlier(folder);
  if (typeof earlier === 'string') damaged.push(earlier);
  return { state: typeof earlier === 'string' ? null : earlier, vouched: false, damaged };
}

/** A new checkpoint; the previous one is kept as well. @param write gets the path of its files without their extension. */
export function writeCheckpoint(
  folder: string,
  state: TrainState,
  write: (path: string) => void,
): TrainState {
  const before = state.checkpoint;
  const name = `checkpoint-${state.epoch}`;
  const after = { ...state, checkpoint: name };
  onDisk(join(folder, name), () => {
    makeFolder(folder, name, (path) => {
      write(join(path, 'all'));
      replaceFile(join(path, 'state.json'), JSON.stringify(after));
    });
    replaceFile(join(folder, name, 'stamps.json'), JSON.stringify(stampsIn(join(folder, name))));
    const best = before === null ? null : stateIn(folder, before)?.best;
    removeAllExcept(folder, [before, best?.folder, name, after.best?.folder]);
  });
  return after;
}

/** The weights of the best epoch so far. @param write gets the path of its files without their extension. */
export function writeBest(folder: string, epoch: number, loss: number, write: (path: string) => void) {
  const name = `best-${epoch}`;
  return onDisk(join(folder, name), () => {
    makeFolder(folder, name, (path) => write(join(path, 'variables')));
    return { folder: name, epoch, loss, files: stampsIn(join(folder, name)) };
  });
}

/**
 * The end of a run: its best weights where loaders expect them, nothing else left. If it is interrupted before the manifest is
 * written, everything it is made from still exists; after that the run is done.
 */
export function keepBest(folder: string, best: Best, card: ModelCard, ended: Ending): void {
  onDisk(folder, () => {
    const variables = join(folder, 'variables');
    const unfinished = `${variables}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    for (const name of readdirSync(join(folder, best.folder)))
      link(join(folder, best.folder, name), join(unfinished, name));
    flush(unfinished);
    rmSync(variables, { recursive: true, force: true });
    renameSync(unfinished, variables);
    flush(join(folder, 'saved_model.pb'));
    replaceFile(join(folder, 'falx.json'), JSON.stringify(card, null, 2));
    writeManifest(folder, { falx: 1, runId: card.runId, ended, files: modelStamps(folder, best.files) });
    clearTraining(folder);
  });
}
type Best = NonNullable<TrainState['best']>;

/** Removes what a finished run no longer needs, since nothing cleans up a finished run later. */
export function clearTraining(folder: string): void {
  removeAllExcept(folder, []);
  flush(folder);
}

/**
 * Stamps of everything that makes up a finished model.
 * @param variables those of the weights, if they were stamped right after TensorFlow wrote them.
 */
export function modelStamps(
  folder: string,
  variables: Readonly<Record<string, FileStamp>> = stampsIn(join(folder, 'variables')),
): Record<string, FileStamp> {
  const stamps: Record<string, FileStamp> = {};
  for (const [name, stamp] of Object.entries(variables)) stamps[`variables/${name}`] = stamp;
  for (const name of ['saved_model.pb', 'falx.json', 'frozen/saved_model.pb'])
    stamps[name] = stampOf(join(folder, name));
  return stamps;
}

/** @returns null if the folder has no finished run. @throws FalxError `bad-run` if its card is unreadable. */
export function readCard(folder: string): ModelCard | null {
  const file = join(folder, 'falx.json');
  if (!existsSync(file)) return null;
  const card = ModelCard.safeParse(parsed(readFileSync(file, 'utf8')));
  if (card.success) return card.data;
  throw modelDamaged(file);
}

/** A file of a model differs from what training wrote. */
export function modelDamaged(file: string): FalxError {
  return new FalxError('modelDamaged', { file });
}

// ── checkpoints ───────────────────────────────────────────────────────────────────────────────────────────────

/** Completely written ones, newest first. */
function checkpointsOf(folder: string): string[] {
  const epochOf = (name: string) => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? -1);
  return readdirSync(folder)
    .filter((name) => epochOf(name) >= 0 && existsSync(join(folder, name, 'stamps.json')))
    .sort((a, b) => epochOf(b) - epochOf(a));
}

/** A checkpoint's state, or the name of a damaged file. */
function readCheckpoint(folder: string, name: string): TrainState | string {
  const stamps = Stamps.safeParse(parsed(textOf(join(folder, name, 'stamps.json'))));
  if (!stamps.success) return join(folder, name, 'stamps.json');
  const wrong = damagedFile(join(folder, name), stamps.data);
  if (wrong !== null) return wrong;
  const state = stateIn(folder, name);
  if (state === null) return join(folder, name, 'state.json');
  const { best } = state;
  return (best?.files ? damagedFile(join(folder, best.folder), best.files) : null) ?? state;
}

function stateIn(folder: string, name: string): TrainState | null {
  const state = TrainState.safeParse(parsed(textOf(join(folder, name, 'state.json'))));
  return state.success ? state.data : null;
}

/** From versions before stamps: one checkpoint, named by `state.json` in the run's folder, without verification. */
function readEarlier(folder: string): TrainState | string | null {
  const file = join(folder, 'state.json');
  if (!existsSync(file)) return null;
  const state = TrainState.safeParse(parsed(textOf(file)));
  if (!state.success) return file;
  const { checkpoint, best } = state.data;
  if (checkpoint === null) return null;
  if (!existsSync(join(folder, checkpoint, 'all.index'))) return join(folder, checkpoint);
  if (best === null) return state.data;
  // It was killed after it had moved the best weights to their final place.
  const moved = !existsSync(join(folder, best.folder)) && existsSync(join(folder, 'variables'));
  if (moved) renameSync(join(folder, 'variables'), join(folder, best.folder));
  if (!existsSync(join(folder, best.folder, 'variables.index'))) return join(folder, best.folder);
  return { ...state.data, best: { ...best, files: stampsIn(join(folder, best.folder)) } };
}

// ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A new folder, filled by `write`; it and its entry are flushed to disk when this returns. */
function makeFolder(folder: string, name: string, write: (path: string) => void): void {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  try {
    write(path);
    for (const file of readdirSync(path)) flush(join(path, file));
    flush(path);
    flush(folder);
  } catch (error) {
    rmSync(path, { recursive: true, force: true }); // an incomplete one only takes up space
    throw error;
  }
}

function stampsIn(folder: string): Record<string, FileStamp> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, stampOf(join(folder, name))]));
}

/** Removes everything for resuming except these. */
function removeAllExcept(folder: string, kept: readonly (string | null | undefined)[]): void {
  for (const name of readdirSync(folder))
    if (/^(checkpoint|best)-|^state\.json$/.test(name) && !kept.includes(name))
      rmSync(join(folder, name), { recursive: true });
}

/** A hard link to a file; a copy if the file system does not support that. */
function link(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
    flush(target);
  }
}

/** Writes files. TensorFlow reports a full disk like lack of memory: failures here are always the disk. @throws FalxError `disk` */
export function onDisk<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof FalxError && cause.code === 'disk') throw cause;
    throw new FalxError('checkpointNotWritten', { file: place, reason: reasonOf(cause as Error) }, { cause });
  }
}

/** TensorFlow gives no code for disk errors: only its words show that one is full. */
function reasonOf(error: Error): Message {
  const first = error.cause instanceof Error ? error.cause : error;
  if ((first as NodeJS.ErrnoException).code !== undefined) return systemReason(first);
  const text = inOneLine(first.message);
  return saysDiskFull(text)
    ? message('systemDiskFull', { errno: 'ENOSPC' })
    : message('tensorflowSays', { detail: { from: 'TensorFlow', text } });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // reported by its expected content
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // reported by the schema
  }
}
