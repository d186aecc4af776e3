import path from 'node:path';
import type { Dataset, ImageRecord } from '../contract/records.ts';
import { deriveInSubprocess } from '../images/subprocess.ts';
import {
  derivedFolder,
  keepDerivative,
  readDerivative,
  smallPicture,
  type Derivative,
} from '../images/derivatives.ts';
import { decodersAtOnce } from '../images/decode.ts';
import type { Registry } from '../registry/registry.ts';
import { stampOf } from './stamp.ts';

/** How many to request at once: most only wait for the file system. */
export const DERIVED_AT_ONCE = 16 * decodersAtOnce;

/**
 * An image's derivative from its import, if its file is unchanged since. Otherwise the original is decoded again, and the new
 * derivative is stored: one that is missing, damaged or of an earlier version of Falx is made again, and a file that was replaced
 * is noticed.
 * @throws FalxError as `readPicture`.
 */
export async function derivativeOf(
  registry: Registry,
  dataset: Pick<Dataset, 'id' | 'folder'>,
  image: Pick<ImageRecord, 'file' | 'frame' | 'sha256'>,
): Promise<Derivative> {
  const folder = derivedFolder(registry.home);
  const kept = (await isAsImported(registry, dataset, image)) ? readDerivative(folder, image.sha256) : null;
  if (kept) return kept;
  const derivative = await deriveInSubprocess(dataset.folder, image);
  keepDerivative(folder, image.sha256, derivative);
  return derivative;
}

/**
 * A thumbnail of an image for a window, made from its derivative if that is large enough; otherwise null.
 * @param side longest side, pixels.
 */
export async function smallPictureOf(
  registry: Registry,
  dataset: Pick<Dataset, 'id' | 'folder'>,
  image: Pick<ImageRecord, 'file' | 'frame' | 'sha256' | 'width' | 'height'>,
  side: number,
): Promise<Uint8Array | null> {
  if (!(await isAsImported(registry, dataset, image))) return null;
  const kept = readDerivative(derivedFolder(registry.home), image.sha256);
  return kept && smallPicture(kept, image, side);
}

/** Whether an image's file is unchanged since it was read, without reading it. False if unknown. */
export async function isAsImported(
  registry: Registry,
  dataset: Pick<Dataset, 'id' | 'folder'>,
  { file, frame }: Pick<ImageRecord, 'file' | 'frame'>,
): Promise<boolean> {
  const whole = frame === null ? file : file.slice(0, -`#${frame}`.length);
  const stamp = registry.imports.stamp(dataset.id, whole);
  return stamp !== null && (await stampOf(path.join(dataset.folder, whole)))?.text === stamp;
}
