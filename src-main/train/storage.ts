import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { Epoch } from '../contract/records.ts';
import { TrainingSettings } from '../contract/settings.ts';

/**
 * A run's folder while it trains. Each checkpoint is a new folder, written and flushed before `state.json`
 * names it, so whatever moment the power fails there is a whole one:
 *
 *     saved_model.pb   state.json   checkpoint-<n>/all.*   best-<n>/variables.*
 *
 * and when it is done: `saved_model.pb`, `variables/`, `frozen/` (constants, for predicting), `falx.json`.
 */
export const TrainState = z.object({
  /** Epochs finished. */
  epoch: z.int(),
  /** Folders below the run's, null before the first. */
  checkpoint: z.string().nullable(),
  best: z.object({ folder: z.string(), epoch: z.int(), loss: z.number() }).nullable(),
  /** Epochs since the best, of this phase. */
  waited: z.int(),
  epochs: z.array(Epoch),
  weightsSha256: z.string().nullable(),
  batchNormFolded: z.boolean(),
});
export type TrainState = z.infer<typeof TrainState>;

/** What a finished run's folder says of itself, beside the model: enough to predict without the registry. */
export const ModelCard = z.object({
  falx: z.literal(1),
  runId: z.string(),
  settings: TrainingSettings,
  /** Negative, positive. */
  classes: z.tuple([z.string(), z.string()]),
  bestEpoch: z.int(),
  /** Numbers in the model and the bytes they take. */
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

/** The state an interrupted run left, or null when it has none. */
export function readState(folder: string): TrainState | null {
  const file = join(folder, 'state.json');
  return existsSync(file) ? TrainState.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** Make `state` the one to go on from, then drop the folders it no longer names. */
export function writeState(folder: string, state: TrainState): void {
  writeWhole(join(folder, 'state.json'), JSON.stringify(state));
  const kept = [state.checkpoint, state.best?.folder];
  for (const name of readdirSync(folder))
    if (/^(checkpoint|best)-/.test(name) && !kept.includes(name))
      rmSync(join(folder, name), { recursive: true });
}

/**
 * A new folder, filled by `write` and flushed to the disk.
 * @param write gets the path of the files without their ending.
 */
export function writeFolder(
  folder: string,
  name: string,
  stem: string,
  write: (path: string) => void,
): string {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  write(join(path, stem));
  for (const file of readdirSync(path)) flush(join(path, file));
  flush(path);
  return name;
}

/** The end of a run: its best weights where loaders look for them, nothing else left. */
export function keepBest(folder: string, state: TrainState, card: ModelCard): void {
  if (state.best === null) throw new Error('no epoch has been kept');
  rmSync(join(folder, 'variables'), { recursive: true, force: true });
  renameSync(join(folder, state.best.folder), join(folder, 'variables'));
  flush(join(folder, 'saved_model.pb'));
  writeWhole(join(folder, 'falx.json'), JSON.stringify(card, null, 2));
  for (const name of readdirSync(folder))
    if (/^(checkpoint|best)-|^state\.json$/.test(name)) rmSync(join(folder, name), { recursive: true });
}

/** @returns null when the folder holds no finished run. */
export function readCard(folder: string): ModelCard | null {
  const file = join(folder, 'falx.json');
  return existsSync(file) ? ModelCard.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** Replace a file as a whole: the old one or the new one is there, never a part. */
function writeWhole(file: string, content: string): void {
  const temporary = join(dirname(file), `.${basename(file)}.new`);
  writeFileSync(temporary, content);
  flush(temporary);
  renameSync(temporary, file);
  flush(dirname(file));
}

function flush(path: string): void {
  const isFolder = statSync(path).isDirectory();
  // Windows can't flush a folder, and has no need to.
  if (isFolder && process.platform === 'win32') return;
  const descriptor = openSync(path, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
