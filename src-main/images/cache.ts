import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { PixelFile } from '../contract/packets.ts';
import type { Dataset, ImageRecord } from '../contract/records.ts';
import { Preprocessing } from '../contract/settings.ts';
import { hashOfFile, sha256Of } from '../system/hashes.ts';
import { isLeftBehind } from '../system/processes.ts';
import { systemReason } from '../system/system-reason.ts';
import { writeAtomically } from '../system/write-atomically.ts';
import { squareApart } from './apart.ts';
import { decodersAtOnce } from './decode.ts';
import { inOrder } from './in-order.ts';

/** What the file beside a pixel file says it was made of, and holds. */
const Sidecar = z.object({
  pixelPath: Preprocessing,
  datasetHash: z.string(),
  count: z.int(),
  /** SHA-256 over the SHA-256 of the images, in row order. */
  order: z.string(),
  bytes: z.int(),
  /** SHA-256 of the pixel file. */
  sha256: z.string(),
  /** What the pixel file looked like when it was last read whole and had this SHA-256, as `looksOf`; null before. */
  verified: z.string().nullable().default(null),
});
type Sidecar = z.infer<typeof Sidecar>;

export type CacheProgress = (done: number, total: number, imagesPerSecond: number) => void;

/**
 * The decoded, resized pixels of a dataset in one file, uint8 [count, size, size, 3]; row i is `images[i]`.
 * Made on first use and kept in `<home>/cache`; made anew when it is missing, cut short, altered, or of other
 * images. Read whole and compared with its SHA-256 once after it was written, and again whenever its size, time of change or
 * inode is another than then. Memory does not grow with the dataset.
 *
 * @param images all the dataset's images, in the registry's order.
 * @param signal stops the making and leaves nothing.
 * @throws FalxError `bad-dataset` when an image has changed or vanished since import, naming it; `disk` when the file
 *   can't be written; `cancelled`.
 */
export async function pixelFile(
  dataset: Dataset,
  images: readonly ImageRecord[],
  pixelPath: Preprocessing,
  home: string,
  onProgress?: CacheProgress,
  signal?: AbortSignal,
): Promise<PixelFile> {
  const { file, wanted, found } = cacheOf(dataset, images, pixelPath, home);
  if (!(await isWhole(file, wanted))) {
    const folder = path.dirname(file);
    await onDisk(folder, () => mkdir(folder, { recursive: true }));
    await removeAbandoned(folder);
    await make(file, wanted, dataset, images, onProgress, signal);
  }
  return found;
}

/**
 * The pixel file of a dataset if it has been made already, else null. Its length is looked at but not what it holds:
 * good enough to measure with, not to train on.
 */
export async function findPixelFile(
  dataset: Dataset,
  images: readonly ImageRecord[],
  pixelPath: Preprocessing,
  home: string,
): Promise<PixelFile | null> {
  const { file, wanted, found } = cacheOf(dataset, images, pixelPath, home);
  return (await sidecarOf(file, wanted)) === null ? null : found;
}

type Wanted = Omit<Sidecar, 'sha256' | 'verified'>;

function cacheOf(
  dataset: Dataset,
  images: readonly ImageRecord[],
  pixelPath: Preprocessing,
  home: string,
): { file: string; wanted: Wanted; found: PixelFile } {
  const { imageSize } = pixelPath;
  const file = path.join(home, 'cache', `${dataset.id}-${kindOf(pixelPath)}.pixels`);
  const wanted = {
    pixelPath,
    datasetHash: dataset.hash,
    count: images.length,
    order: sha256Of(images.map((image) => image.sha256).join('\n')),
    bytes: images.length * imageSize * imageSize * 3,
  };
  return { file, wanted, found: { path: file, imageSize, count: images.length } };
}

/** Short, for a file's name: what differs from the defaults is named. */
function kindOf({ imageSize, canvas, crop, window }: Preprocessing): string {
  const others = [crop === 'none' ? [] : crop, window === 'file' ? [] : window].flat();
  return [imageSize, canvas, ...others].join('-');
}

async function isWhole(file: string, wanted: Wanted): Promise<boolean> {
  const made = await sidecarOf(file, wanted);
  if (made === null) return false;
  const before = await looksOf(file);
  if (made.verified !== null && made.verified === before?.text) return true;
  if ((await hashOfFile(file, 'sha256')) !== made.sha256) return false;
  // One that was written to just now, or meanwhile, may be written to again without looking otherwise.
  const after = await looksOf(file);
  if (after !== null && after.text === before?.text && !after.young)
    await writeAtomically(`${file}.json`, JSON.stringify({ ...made, verified: after.text })).catch(() => {
      // a full or read-only disk is no reason not to train: it is read whole again next time
    });
  return true;
}

/** File systems keep times as coarse as 2 s (FAT), milliseconds. */
const COARSE = 2000;

/** What changes when a file is written to or replaced: size, time of the last change, inode. */
async function looksOf(file: string): Promise<{ text: string; young: boolean } | null> {
  const found = await stat(file, { bigint: true }).catch(absent);
  if (!found) return null;
  const { size, mtimeNs, mtimeMs, ino } = found;
  return { text: `${size}-${mtimeNs}-${ino}`, young: Date.now() - Number(mtimeMs) < COARSE };
}

/** What stands beside a pixel file of the right images and length, else null. */
async function sidecarOf(file: string, wanted: Wanted): Promise<Sidecar | null> {
  const found = await readSidecar(`${file}.json`);
  if (!found) return null;
  const { sha256: _, verified: __, ...made } = found;
  const wished = Sidecar.omit({ sha256: true, verified: true }).parse(wanted);
  if (JSON.stringify(made) !== JSON.stringify(wished)) return null;
  const size = await stat(file).then((status) => status.size, absent);
  return size === wanted.bytes ? found : null;
}

/** Null when it is missing or is not what Falx wrote. */
async function readSidecar(file: string): Promise<Sidecar | null> {
  const text = await readFile(file, 'utf8').catch(absent);
  if (text === null) return null;
  try {
    return Sidecar.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

async function make(
  file: string,
  wanted: Wanted,
  dataset: Dataset,
  images: readonly ImageRecord[],
  onProgress: CacheProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  making.add(temporary);
  try {
    const output = await onDisk(temporary, () => open(temporary, 'wx'));
    let hash: string;
    try {
      hash = await writeRows(output, temporary, wanted.pixelPath, dataset, images, onProgress, signal);
      await onDisk(temporary, () => output.sync());
    } finally {
      await output.close();
    }
    // The old sidecar does not fit the new pixels, so a stop between the two renames is noticed next time.
    await onDisk(file, () => rename(temporary, file));
    await onDisk(file, () =>
      writeAtomically(`${file}.json`, JSON.stringify({ ...wanted, sha256: hash, verified: null })),
    );
  } finally {
    await rm(temporary, { force: true });
    making.delete(temporary);
  }
}

/** Pictures on their way at once: the processes that decode are to have enough to do, and what comes be small. */
const AHEAD = 24 * decodersAtOnce;

/** @returns the SHA-256 of all that was written. */
async function writeRows(
  output: FileHandle,
  name: string,
  pixelPath: Preprocessing,
  dataset: Dataset,
  images: readonly ImageRecord[],
  onProgress: CacheProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const began = performance.now();
  let done = 0;
  for await (const row of inOrder(images, AHEAD, (image) => readRow(dataset, image, pixelPath))) {
    if (signal?.aborted) throw new FalxError('imagesCancelled', { dataset: dataset.id });
    hash.update(row);
    await onDisk(name, () => writeAll(output, row));
    done += 1;
    onProgress?.(done, images.length, (1000 * done) / (performance.now() - began));
  }
  return hash.digest('hex');
}

function readRow(dataset: Dataset, image: ImageRecord, pixelPath: Preprocessing): Promise<Uint8Array> {
  return squareApart(dataset.folder, image, pixelPath).catch((error: unknown) => {
    if (!(error instanceof FalxError)) throw error;
    const how = error.facts['changed'] ? 'changed' : 'unread';
    throw changed(dataset, path.join(dataset.folder, image.file), how, error);
  });
}

const changed = (
  { id, name }: Dataset,
  file: string,
  how: 'changed' | 'unread',
  cause?: unknown,
): FalxError => new FalxError('imageChanged', { file, name, how, dataset: id }, { cause });

async function writeAll(output: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await output.write(bytes, written)).bytesWritten;
  }
}

/** Files that this process is writing. */
const making = new Set<string>();

/** Removes what processes that no longer live had begun. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name)?.[1];
    const temporary = path.join(folder, name);
    if (pid && isLeftBehind(Number(pid), making.has(temporary))) await rm(temporary, { force: true });
  }
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FalxError('cacheNotWritten', { file, reason: systemReason(cause) }, { cause });
  }
}
