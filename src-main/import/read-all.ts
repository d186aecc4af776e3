import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Quarantined } from '../contract/records.ts';
import { decodersAtOnce } from '../images/decode.ts';
import { inOrder } from '../images/in-order.ts';
import type { ScanOptions } from '../images/scan.ts';
import type { EarlierFile } from '../registry/imports.ts';
import type { Earlier } from './earlier.ts';
import type { FoundFile, Layout } from './folder-layout.ts';
import { readInSubprocess } from './reader.ts';
import type { Reading } from './reading.ts';
import { rowsOfFile } from './image-rows.ts';
import { stampOf, type Stamp } from './stamp.ts';
import { Tally } from './tally.ts';
import type { UnfinishedDataset } from './unfinished.ts';

export interface ReadOptions {
  scan: ScanOptions;
  /** Folder of the derivatives. */
  derived: string;
  /** Destination of the rows, and source of what a stopped import has read. */
  unfinished: UnfinishedDataset;
  earlier: Earlier | null;
  /** Reads even files that have not changed since the last import. */
  reread?: boolean | undefined;
  onProgress?: ((done: number, total: number, imagesPerSecond: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface ReadAll {
  tally: Tally;
  quarantined: Quarantined[];
  /** Files that were not read again. */
  takenOver: number;
  /** Files with more than one picture. */
  severalImages: number;
}

/** Reads the files of a folder, or reuses earlier readings, in order. */
export async function readAll(folder: string, layout: Layout, how: ReadOptions): Promise<ReadAll> {
  const { unfinished, earlier, onProgress, signal } = how;
  const { classes, files } = layout;
  const tally = new Tally(classes);
  const quarantined: Quarantined[] = [];
  let [done, takenOver, severalImages] = [0, 0, 0];
  const began = performance.now();
  const stamps = stampsAhead(folder, files);
  let next = 0;
  const stop = () => {
    if (signal?.aborted) throw new FalxError('importCancelled', { folder });
  };
  for await (const { reading, known, taken } of inOrder(files, AHEAD, (file) =>
    look(folder, file, stamps(next++), how),
  )) {
    stop();
    const rows = rowsOfFile(files[done]!, reading);
    for (const image of rows.images) tally.add(image);
    if (rows.quarantined) {
      const { reason, facts } = rows.quarantined;
      quarantined.push({ file: reading.file, reason, ...(facts && { facts }) });
    }
    await unfinished.add(rows, earlier?.compare(known, rows));
    takenOver += Number(taken);
    severalImages += Number(rows.images.length > 1);
    done += 1;
    onProgress?.(done, files.length, (1000 * done) / (performance.now() - began));
  }
  stop();
  return { tally, quarantined, takenOver, severalImages };
}

/**
 * Files in progress at once. Waking an idle thread costs a quarter of reading and decoding a small picture; memory is limited where
 * files are read and decoded.
 */
const AHEAD = 24 * decodersAtOnce;

interface LookedUp {
  reading: Reading;
  /** The last import's result for the file. */
  known: EarlierFile | null;
  taken: boolean;
}

/** Files whose stamps are read together: waiting for each one costs a tenth of decoding a small picture. */
const TOGETHER = 64;

/** Reads files' stamps in batches. @returns a function for the stamp of the file at an index, to be called in order. */
function stampsAhead(folder: string, files: readonly FoundFile[]): (index: number) => Promise<Stamp | null> {
  let batch: Promise<(Stamp | null)[]> = Promise.resolve([]);
  return (index) => {
    const place = index % TOGETHER;
    if (place === 0)
      batch = Promise.all(
        files.slice(index, index + TOGETHER).map(({ file }) => stampOf(path.join(folder, file))),
      );
    return batch.then((stamps) => stamps[place] ?? null);
  };
}

async function look(
  folder: string,
  found: FoundFile,
  lookedUp: Promise<Stamp | null>,
  { scan, derived, unfinished, earlier, reread, signal }: ReadOptions,
): Promise<LookedUp> {
  const { file } = found;
  const stamp = await lookedUp;
  const known = earlier?.file(file) ?? null;
  const before =
    stamp &&
    (unfinished.earlier(file, stamp.text) ??
      (known && !reread ? earlier!.reading(found, known, stamp.text) : null));
  return {
    reading: before ?? (await readInSubprocess(folder, file, stamp, scan, derived, signal)),
    known,
    taken: before !== null,
  };
}
