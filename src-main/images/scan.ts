import { existsSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { ImageRecord } from '../contract/records.ts';
import type { PixelPath } from '../contract/settings.ts';
import { sha256Of } from '../system/hashes.ts';
import { decode, type Decoded } from './decode.ts';
import { withFile, type KnownFile } from './read.ts';

export const planes = ['axial', 'coronal', 'sagittal'] as const;
export type Plane = (typeof planes)[number];

/** What a header says of a picture, of an allow-list that names no one. */
export type Facts = NonNullable<ImageRecord['facts']>;

/** One picture of a file. */
export interface Scan extends Decoded {
  /** Which of its file's pictures it is, as in ImageRecord; null for the only one. */
  frame: string | null;
  /** Of the file; of `<file's SHA-256>#<frame>` for one of several pictures. */
  sha256: string;
  /** Of the file. */
  bytes: number;
  patient: string | null;
  facts: Facts | null;
}

export interface ScanOptions {
  /** The home's own, for hashes that stand in place of what names a patient: `registry.secret('patients')`. */
  salt: string;
  /** How volumes are cut: NIfTI axially when left out, DICOM series as acquired. */
  plane?: Plane | undefined;
  window?: PixelPath['window'] | undefined;
  /** Saves looking the file up again. */
  known?: KnownFile | undefined;
}

/**
 * All pictures of a file in their order, one in memory at a time; a plain image has one.
 * @param file absolute. @param name what errors call it.
 * @throws FalxError as `withFile` and `decode`, naming the file; `facts.sha256` once it could be read whole.
 */
export async function* picturesIn(
  file: string,
  name: string,
  { window = 'file', known }: ScanOptions,
): AsyncGenerator<Scan, void, undefined> {
  yield await withFile(
    file,
    name,
    async (input) => {
      const sha256 = sha256Of(input);
      const picture = await decode(input, name, window).catch((error: unknown) => {
        throw error instanceof FalxError ? withFacts(error, { sha256 }) : error;
      });
      return { ...picture, frame: null, sha256, bytes: input.length, patient: null, facts: null };
    },
    known,
  );
}

/**
 * One picture again, as a dataset knows it.
 * @param folder the dataset's, absolute.
 * @throws FalxError as `picturesIn`; `unreadable-file` with `facts.changed` when it is not what was imported.
 */
export async function readPicture(
  folder: string,
  { file, sha256 }: Pick<ImageRecord, 'file' | 'frame' | 'sha256'>,
  window: PixelPath['window'] = 'file',
): Promise<Decoded> {
  const whole = path.join(folder, file);
  return withFile(whole, whole, async (input) => {
    if (sha256Of(input) !== sha256) throw hasChanged(whole);
    return decode(input, whole, window);
  });
}

/** How a picture is called outside its dataset: its file, and which of the file's pictures it is. */
export const pictureName = (file: string, frame: string | null): string =>
  frame === null ? file : `${file}#${frame}`;

/** The picture that has this name; what follows the last `#` counts only where no file has the whole name. */
export function pictureNamed(name: string): Pick<ImageRecord, 'file' | 'frame'> {
  const frame = /#((?:axial|coronal|sagittal):\d+|\d+)$/.exec(name)?.[1];
  return { file: name, frame: frame === undefined || existsSync(name) ? null : frame };
}

function hasChanged(file: string): FalxError {
  const reason = 'It has changed since it was imported.';
  return new FalxError(
    'unreadable-file',
    `"${file}" is not what it was when it was imported. Put the old file back, or import the folder again.`,
    { file, reason, changed: true },
  );
}

function withFacts(error: FalxError, facts: Record<string, unknown>): FalxError {
  return new FalxError(error.code, error.message, { ...error.facts, ...facts }, { cause: error });
}
