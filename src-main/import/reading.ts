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
/** One picture of a file; its patient is whom the file itself names. */
export type ReadPicture = z.infer<typeof ReadPicture>;

/** What came of one file: its pictures, or why there are none. */
export const Reading = z.object({
  file: z.string(),
  /** As in `Stamp`; null where a later change could go unseen. */
  stamp: z.string().nullable(),
  pictures: z.array(ReadPicture),
  /** Why it is in quarantine, a sentence; null for a file that was read. */
  reason: z.string().nullable(),
  /** The same for a window to word, where it can. */
  facts: z.record(z.string(), z.unknown()).optional(),
});
export type Reading = z.infer<typeof Reading>;

/**
 * Reads a file to its end, so that damage is found now and not on the night of the training. Nothing but ordinary
 * files is opened. One that changes while it is read goes to quarantine: never is half of each version taken.
 * In this process: `readApart` does the same in one that may fail.
 * @param file relative to the folder, with `/`. @param before the file just now. @param onPicture called after each of its pictures.
 * @param derived the folder where what comes of the decoding is kept; nowhere when left out.
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
    // Nobody needs them any more, and looking for such memory costs as much as what is made of it. Small ones lie in Node's
    // pool with others, which can't be given back.
    const { buffer, byteLength } = pixels;
    if (frame === null && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
      buffer.transfer(0);
    if (pictures.push({ file: pictureName(file, frame), frame, ...picture }) > 1) onPicture?.();
  }
  return pictures;
}

/**
 * Whether a file's pictures come of that file alone. A header with its voxels in a second file, and a DICOM series that
 * is cut anew, do not; a file without a picture of its own belongs to one of these.
 */
function standsAlone(file: string, pictures: readonly ReadPicture[]): boolean {
  const slices = pictures.some(({ frame }) => frame?.includes(':'));
  return pictures.length > 0 && (!slices || /\.(nii(\.gz)?|mgh|mgz|mha|nrrd)$/i.test(file));
}

/** What is no ordinary file is never opened: a pipe would wait for ever. One that was none a moment ago may be one now. */
function refuseUnread(at: string, file: string): Promise<never> {
  return withFile(at, file, () => Promise.reject(changing(file)));
}

/** Whether a file still has the content that its one picture was read from; one that is gone has not. */
async function holds(at: string, [first]: readonly ReadPicture[]): Promise<boolean> {
  if (first?.frame !== null) return true;
  return first.sha256 === (await hashOfFile(at, 'sha256').catch(() => null));
}

/** Names that are not UTF-8 come with marks in place of their letters, and lead nowhere. */
const hasLostLetters = (file: string, found: unknown): boolean => !found && file.includes('\uFFFD');
