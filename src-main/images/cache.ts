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
import { squareInSubprocess } from './subprocess.ts';
import { decodersAtOnce } from './decode.ts';
import { inOrder } from './in-order.ts';

/** Content of the file beside a pixel file: what the pixel file was made from, and its hash. */
const Sidecar = z.object({
  pixelPath: Preprocessing,
  datasetHash: z.string(),
  count: z.int(),
  /** SHA-256 over the SHA-256 of the images, in row order. */
  order: z.string(),
  bytes: z.int(),
  /** SHA-256 of the pixel file. */
  sha256: z.string(),
  /** State of the pixel file, from `looksOf`, when it was last verified by SHA-256; null before. */
  verified: z.string().nullable().default(null),
});
type Sidecar = z.infer<typeof Sidecar>;

export type CacheProgress = (done: number, total: number, imagesPerSecond: number) => void;

/**
 * The decoded, resized pixels of a dataset in one file, uint8 [count, size, size, 3]; row i is `images[i]`. Made on first use and
 * cached in `<home>/cache`; made again if it is missing, truncated, altered, or of other images. Verified by its SHA-256 once after
 * it was written, and again whenever its size, modification time or inode has changed. Memory does not grow with the dataset.
 * @param images all the dataset's images, in the registry's order.
 * @param signal cancels it and leaves nothing.
 * @throws FalxError `bad-dataset` if an image has changed or vanished since import, naming it; `disk` if the file can't be written;
 *   `cancelled`.
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
 * The pixel file of a dataset if it exists, otherwise null. Its length is checked but not its content: good enough for measuring,
 * not for training.
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

/** A short part of the file's name: names differences from the defaults. */
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
  // A file that was written to just now, or meanwhile, may be written to again with the same time.
  const after = await looksOf(file);
  if (after !== null && after.text === before?.text && !after.young)
    await writeAtomically(`${file}.json`, JSON.stringify({ ...made, verified: after.text })).catch(() => {
      // a full or read-only disk is no reason not to train: it is read whole again next time
    });
  return true;
}

/** Coarsest resolution of file times: 2 s (FAT), milliseconds. */
const COARSE = 2000;

/** Changes if a file is written to or replaced: size, modification time, inode. */
async function looksOf(file: string): Promise<{ text: string; young: boolean } | null> {
  const found = await stat(file, { bigint: true }).catch(absent);
  if (!found) return null;
  const { size, mtimeNs, mtimeMs, ino } = found;
  return { text: `${size}-${mtimeNs}-${ino}`, young: Date.now() - Number(mtimeMs) < COARSE };
}

/** The sidecar of a pixel file with the right images and length, otherwise null. */
async function sidecarOf(file: string, wanted: Wanted): Promise<Sidecar | null> {
  const found = await readSidecar(`${file}.json`);
  if (!found) return null;
  const { sha256: _, verified: __, ...made } = found;
  const wished = Sidecar.omit({ sha256: true, verified: true }).parse(wanted);
  if (JSON.stringify(made) !== JSON.stringify(wished)) return null;
  const size = await stat(file).then((status) => status.size, absent);
  return size === wanted.bytes ? found : null;
}

/** Null if it is missing or damaged. */
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
    // The old sidecar does not match the new pixels, so an interruption between the two renames is noticed next time.
    await onDisk(file, () => rename(temporary, file));
    await onDisk(file, () =>
      writeAtomically(`${file}.json`, JSON.stringify({ ...wanted, sha256: hash, verified: null })),
    );
  } finally {
    await rm(temporary, { force: true });
    making.delete(temporary);
  }
}

/** Pictures in progress: enough to keep the decoding processes busy, few enough to limit memory. */
const AHEAD = 24 * decodersAtOnce;

/** @returns the SHA-256 of everything written. */
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
  return squareInSubprocess(dataset.folder, image, pixelPath).catch((error: unknown) => {
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

/** Removes what dead processes were writing. */
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
