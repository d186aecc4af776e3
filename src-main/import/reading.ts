import path from 'node:path';
import { z } from 'zod';
import { FalxError, leftOut } from '../contract/errors.ts';
import { ImageRecord } from '../contract/records.ts';
import { hasDerivative, keepNew } from '../images/derivatives.ts';
import { withFile } from '../images/read-file.ts';
import { pictureName, picturesIn, type ScanOptions } from '../images/scan.ts';
import { hashOfFile } from '../system/hashes.ts';
import type { Stamp } from './stamp.ts';

const ReadPicture = ImageRecord.omit({ id: true, datasetId: true, className: true, givenPart: true });
/** One picture of a file; its patient is the one the file itself names. */
export type ReadPicture = z.infer<typeof ReadPicture>;

/** The result for one file: its pictures, or why there are none. */
export const Reading = z.object({
  file: z.string(),
  /** As in `Stamp`; null if a later change could go unnoticed. */
  stamp: z.string().nullable(),
  pictures: z.array(ReadPicture),
  /** Why it is in quarantine, a sentence; null for a file that was read. */
  reason: z.string().nullable(),
  /** The facts from which a window words it, if known. */
  facts: z.record(z.string(), z.unknown()).optional(),
});
export type Reading = z.infer<typeof Reading>;

/**
 * Reads a file to its end, so that damage is found now and not in the night of the training. Only ordinary files are opened. One
 * that changes while it is read goes to quarantine: two versions are never mixed. In this process: `readInSubprocess` does the same in one
 * that may fail.
 * @param file relative to the folder, with `/`. @param before the file's stamp just before. @param onPicture called after each of
 *   its pictures.
 * @param derived the folder for derivatives; none are stored when left out.
 */
export async function readOne(
  folder: string,
  file: string,
  before: Stamp | null,
  scan: ScanOptions,
  onPicture?: () => void,
  derived?: string,
): Promise<Reading> {
  const at = path.join(folder, file);
  const stamp = before && !before.young ? before.text : null;
  try {
    if (!before?.isFile) return await refuseUnread(at, file);
    const how = { ...scan, known: { bytes: before.bytes } };
    const pictures = await picturesOf(at, file, how, onPicture, derived);
    if (before.young && !(await holds(at, pictures))) throw changing(file);
    return { file, stamp: standsAlone(file, pictures) ? stamp : null, pictures, reason: null };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    const told = hasLostLetters(file, before) ? new FalxError('fileNameLost', { file }) : error;
    return { file, stamp, pictures: [], ...leftOut(told) };
  }
}

const changing = (file: string): FalxError => new FalxError('fileChanging', { file });

async function picturesOf(
  at: string,
  file: string,
  scan: ScanOptions,
  onPicture?: () => void,
  derived?: string,
): Promise<ReadPicture[]> {
  const pictures: ReadPicture[] = [];
  for await (const { pixels, frame, ...picture } of picturesIn(at, file, scan)) {
    const { width, height, sha256 } = picture;
    if (derived !== undefined && !hasDerivative(derived, sha256))
      await keepNew(derived, sha256, { width, height, pixels });
    // They are no longer needed, and garbage collection of such memory costs as much as decoding. Small buffers share Node's pool,
    // which can't be freed.
    const { buffer, byteLength } = pixels;
    if (frame === null && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
      buffer.transfer(0);
    if (pictures.push({ file: pictureName(file, frame), frame, ...picture }) > 1) onPicture?.();
  }
  return pictures;
}

/**
 * Whether a file's pictures depend on that file alone. A header with its voxels in a second file, and a DICOM series that is
 * resliced, do not; a file without a picture of its own belongs to one of these.
 */
function standsAlone(file: string, pictures: readonly ReadPicture[]): boolean {
  const slices = pictures.some(({ frame }) => frame?.includes(':'));
  return pictures.length > 0 && (!slices || /\.(nii(\.gz)?|mgh|mgz|mha|nrrd)$/i.test(file));
}

/** Special files are never opened: reading a pipe would block. A file that was special a moment ago may be ordinary now. */
function refuseUnread(at: string, file: string): Promise<never> {
  return withFile(at, file, () => Promise.reject(changing(file)));
}

/** Whether a file still has the content that its one picture was read from; false if it is gone. */
async function holds(at: string, [first]: readonly ReadPicture[]): Promise<boolean> {
  if (first?.frame !== null) return true;
  return first.sha256 === (await hashOfFile(at, 'sha256').catch(() => null));
}

/** Names that are not UTF-8 arrive with replacement characters, and can't be opened. */
const hasLostLetters = (file: string, found: unknown): boolean => !found && file.includes('\uFFFD');
