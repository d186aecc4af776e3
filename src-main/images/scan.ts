import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { frameInName, type ImageRecord } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { sha256Of } from '../system/hashes.ts';
import { OpenFileCache } from './open-file-cache.ts';
import type { SliceChoice, MultiPictureFile } from './multi-picture-file.ts';
import { isVoxelFile, voxelFile } from './nifti/open-volume.ts';
import { openScan } from './open-scan.ts';
import type { Decoded, Scan } from './picture.ts';
import type { KnownFile } from './read-file.ts';
import { memoryBudget } from './memory-budget.ts';
import { planes, type Plane } from './volume/slices.ts';

export type { Facts } from './facts.ts';
export type { Scan } from './picture.ts';
export { planes, type Plane };

export interface ScanOptions extends SliceChoice {
  /** The home's own, for hashes in place of patients' identities: `registry.secrets.get('patients')`. */
  salt: string;
  window?: Preprocessing['window'] | undefined;
  /** Saves another stat of the file. */
  known?: KnownFile | undefined;
}

/**
 * All pictures of a file in order, one in memory at a time: one of a plain image, one per frame of a DICOM file, the slices within
 * the brain of a volume. None of a file with the voxels of a header beside it, or whose series is resliced: the first file of the
 * series yields all its slices.
 * @param file absolute. @param name used in errors.
 * @throws FalxError as `openScan`, naming the file; `facts.sha256` if it could be read completely.
 */
export async function* picturesIn(
  file: string,
  name: string,
  { salt, window = 'file', known, ...cut }: ScanOptions,
): AsyncGenerator<Scan, void, undefined> {
  if (await isVoxelFile(file)) return;
  const opened = await openScan(file, name, { salt, window, known, ...cut });
  if ('one' in opened) yield opened.one;
  if ('many' in opened) yield* framesOf(opened.many, cut, window);
}

async function* framesOf(
  many: MultiPictureFile,
  cut: SliceChoice,
  window: Preprocessing['window'],
): AsyncGenerator<Scan> {
  const free = await lease(many.held);
  try {
    const { bytes, patient } = many;
    for (const frame of many.frames(cut)) {
      const picture = await many.picture(frame, window);
      yield { ...picture, frame, sha256: hashOf(many, frame), bytes, patient, facts: many.facts(frame) };
    }
  } finally {
    free();
  }
}

const hashOf = (many: MultiPictureFile, frame: string): string => sha256Of(`${many.sha256}#${frame}`);

/** Bytes of files with several pictures that are processed at once. */
const withRoom = memoryBudget(512 * 2 ** 20);

/** Waits until this many bytes are free, and reserves them until the returned function is called. */
async function lease(bytes: number): Promise<() => void> {
  const end = Promise.withResolvers<void>();
  await new Promise<void>((start) => {
    void withRoom(bytes, () => {
      start();
      return end.promise;
    });
  });
  return end.resolve;
}

/** Open files whose pictures are read one after the other: shared by training, checks and thumbnails. */
const kept = new OpenFileCache<MultiPictureFile>(256 * 2 ** 20);

/**
 * Reads one picture of a dataset again.
 * @param folder the dataset's, absolute.
 * @throws FalxError as `picturesIn`; `unreadable-file` with `facts.changed` if it is not what was imported.
 */
export async function readPicture(
  folder: string,
  { file, frame, sha256 }: Pick<ImageRecord, 'file' | 'frame' | 'sha256'>,
  window: Preprocessing['window'] = 'file',
): Promise<Decoded> {
  const whole = path.join(folder, file);
  if (frame === null) {
    const opened = await openScan(whole, whole, { salt: '', window, expected: sha256 });
    if ('one' in opened && opened.one.sha256 === sha256) return opened.one;
    throw hasChanged(whole);
  }
  const many = await openKept(whole.slice(0, -`#${frame}`.length), frame);
  if (!many.has(frame) || hashOf(many, frame) !== sha256) throw hasChanged(whole);
  return many.picture(frame, window);
}

/**
 * One of a file's several pictures by its name from `pictureName`.
 * @throws FalxError as `picturesIn`; `unreadable-file` if its file has no such picture.
 */
export async function pictureCalled(
  name: string,
  frame: string,
  window: Preprocessing['window'],
): Promise<Pick<Scan, 'sha256' | 'facts'> & Decoded> {
  const file = name.slice(0, -`#${frame}`.length);
  const many = await openKept(file, frame);
  if (!many.has(frame)) throw hasNot(file, frame);
  return {
    ...(await many.picture(frame, window)),
    sha256: hashOf(many, frame),
    facts: many.facts(frame),
  };
}

/** The file that contains a frame. */
async function openKept(file: string, frame: string): Promise<MultiPictureFile> {
  const volume = Number(/:\d+:(\d+)$/.exec(frame)?.[1] ?? 0);
  const plane = planes.find((known) => frame.startsWith(`${known}:`));
  const open = async () => {
    const opened = await openScan(file, file, { salt: '', window: 'file', plane, volume });
    if ('many' in opened) return opened.many;
    throw hasNot(file, frame);
  };
  const stamps = await Promise.all([file, await voxelFile(file)].map(stampOf));
  return kept.get(JSON.stringify([file, plane, volume, stamps]), open);
}

/** Identifies the current version of a file. */
async function stampOf(file: string | null): Promise<string | null> {
  const found = file === null ? null : await stat(file, { bigint: true }).catch(() => null);
  return found && [found.ino, found.size, found.mtimeNs].join(' ');
}

/** The name of a picture outside its dataset: its file, and which of the file's pictures it is. */
export const pictureName = (file: string, frame: string | null): string =>
  frame === null ? file : `${file}#${frame}`;

/** The picture with this name; what follows the last `#` is a frame only if no file has the whole name. */
export function pictureNamed(name: string): Pick<ImageRecord, 'file' | 'frame'> {
  const frame = frameInName.exec(name)?.[1];
  return { file: name, frame: frame === undefined || existsSync(name) ? null : frame };
}

const hasNot = (file: string, frame: string): FalxError =>
  new FalxError('pictureMissing', { file, frame, changed: true });

const hasChanged = (file: string): FalxError => new FalxError('pictureChanged', { file, changed: true });
