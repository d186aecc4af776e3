import { setImmediate } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import type { Dataset } from '../contract/records.ts';
import type { Batch, DatasetNotes, NewImage, NewQuarantined, Source } from '../registry/imports.ts';
import type { Registry } from '../registry/registry.ts';
import { isAlive } from '../system/processes.ts';

/** What one file adds to a dataset. */
export interface FileRows {
  file: string;
  stamp: string | null;
  images: readonly NewImage[];
  quarantined: NewQuarantined | null;
}

export interface NewDataset {
  /** Its name is taken as a wish. */
  dataset: Omit<Dataset, 'hash'>;
  source: Source;
  /** Called when all rows are stored. @returns the hash over all images, and what there is to say. */
  finish: () => { hash: string; notes: DatasetNotes };
}

/** Rows a transaction has: about 20 milliseconds, in which nothing else is done. */
const ROWS = 500;

/** Datasets that this process is storing now. */
const storing = new Set<string>();

/**
 * Stores a dataset, all of it or nothing, without holding up the process: in batches that nobody sees before the last.
 * @throws FalxError `cancelled`; `disk`, `registry`.
 */
export async function store(
  registry: Registry,
  { dataset, source, finish }: NewDataset,
  files: AsyncIterable<FileRows>,
  signal?: AbortSignal,
): Promise<Dataset> {
  await dropUnfinished(registry);
  storing.add(dataset.id);
  try {
    registry.imports.begin(dataset, source, process.pid);
    let rows = 0;
    let batch = newBatch();
    const put = async () => {
      registry.imports.add(dataset.id, batch);
      [rows, batch] = [0, newBatch()];
      await setImmediate();
      if (signal?.aborted) throw new FalxError('cancelled', 'The import was cancelled; nothing was added.');
    };
    for await (const { file, stamp, images, quarantined } of files) {
      batch.files.push({ file, stamp });
      batch.images.push(...images);
      if (quarantined) batch.quarantined.push(quarantined);
      rows += 1 + images.length;
      if (rows >= ROWS) await put();
    }
    await put();
    const { hash, notes } = finish();
    return registry.datasets.finish(dataset.id, dataset.name, hash, notes);
  } catch (error) {
    await drop(registry, dataset.id).catch(() => undefined); // the next import tries again
    throw error;
  } finally {
    storing.delete(dataset.id);
  }
}

type Rows = { -readonly [Key in keyof Batch]: Batch[Key][number][] };
const newBatch = (): Rows => ({ images: [], quarantined: [], files: [] });

/** Drops what processes that have died were storing. */
async function dropUnfinished(registry: Registry): Promise<void> {
  for (const { id, pid } of registry.imports.unfinished())
    if (pid === process.pid ? !storing.has(id) : !isAlive(pid)) await drop(registry, id);
}

async function drop(registry: Registry, id: string): Promise<void> {
  while (registry.imports.dropSome(id)) await setImmediate();
}
