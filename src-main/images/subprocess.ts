import path from 'node:path';
import type { ImageRecord } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../system/foreign.ts';
import { unpacked, type Derivative } from './derivatives.ts';
import type { PictureTask, PreprocessedScan, PreprocessedScanInfo } from './subprocess-worker.ts';
import { pictureNamed, type ScanOptions } from './scan.ts';

const module = new URL('./subprocess-worker.ts', import.meta.url);

type Known = Pick<ImageRecord, 'file' | 'frame' | 'sha256'> & Partial<Pick<ImageRecord, 'bytes'>>;

/**
 * One picture of a dataset as a network sees it, decoded in a process of its own.
 * @param folder the dataset's, absolute. @returns uint8 [imageSize, imageSize, 3].
 * @throws FalxError as `readPicture`; `unreadable-file` if its process ended, or took too long.
 */
export function squareInSubprocess(folder: string, image: Known, pixelPath: Preprocessing): Promise<Buffer> {
  return one({ kind: 'square', folder, image: named(image), pixelPath }, image.bytes);
}

/** The same, as a JPEG with this longest side at most. */
export function thumbnailInSubprocess(folder: string, image: Known, side: number): Promise<Buffer> {
  return one({ kind: 'thumbnail', folder, image: named(image), side }, image.bytes);
}

/** Its derivative. */
export async function deriveInSubprocess(folder: string, image: Known): Promise<Derivative> {
  return unpacked(await one({ kind: 'derive', folder, image: named(image) }, image.bytes))!;
}

const named = ({ file, frame, sha256 }: Known): Known => ({ file, frame, sha256 });

async function one(
  task: Exclude<PictureTask, { kind: 'scans' }>,
  known: number | undefined,
): Promise<Buffer> {
  const file = path.join(task.folder, task.image.file);
  const { bytes } = await parseInSubprocess<PictureTask, null>(module, task, file, {
    patience: patienceFor(known ?? (await bytesOf(file))),
  });
  return bytes[0]!;
}

/**
 * All pictures of a file as a network sees them, or the one denoted by a name like `file#frame`.
 * @param options `grey`: whether to return the square used to find twins.
 * @throws FalxError as `picturesIn` and `pictureCalled`; `unreadable-file` if its process ended, or took too long.
 */
export async function scansInSubprocess(
  file: string,
  pixelPath: Preprocessing,
  how: ScanOptions,
  { grey = true }: { grey?: boolean } = {},
): Promise<PreprocessedScan[]> {
  const { frame } = pictureNamed(file);
  const whole = frame === null ? file : file.slice(0, -`#${frame}`.length);
  const { answer, bytes } = await parseInSubprocess<PictureTask, PreprocessedScanInfo[]>(
    module,
    { kind: 'scans', file, frame, pixelPath, how, grey },
    file,
    { patience: patienceFor(await bytesOf(whole)) },
  );
  return answer.map((found, i) => ({
    ...found,
    pixels: bytes[i]!,
    grey: grey ? bytes[answer.length + i]! : null,
  }));
}
