import path from 'node:path';
import type { Dataset, ImageRecord } from '../contract/records.ts';
import { deriveApart } from '../images/apart.ts';
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

/** How many are best asked for at once: most wait for the file system only. */
export const DERIVED_AT_ONCE = 16 * decodersAtOnce;

/**
 * What came of the decoding of an image at its import, as long as its file looks as it did then. Else the original is
 * decoded once more, and what comes of it is kept: a derivative that is missing, damaged or of an earlier Falx is made
 * anew, and a file that is not what was imported is noticed.
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
  const derivative = await deriveApart(dataset.folder, image);
  keepDerivative(folder, image.sha256, derivative);
  return derivative;
}

/**
 * A small picture of an image for a window, without the original where what is kept of it will do; null where it will not.
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

/** Without reading it: whether its file looks as it did when it was read. False where that can't be told. */
export async function isAsImported(
  registry: Registry,
  dataset: Pick<Dataset, 'id' | 'folder'>,
  { file, frame }: Pick<ImageRecord, 'file' | 'frame'>,
): Promise<boolean> {
  const whole = frame === null ? file : file.slice(0, -`#${frame}`.length);
  const stamp = registry.imports.stamp(dataset.id, whole);
  return stamp !== null && (await stampOf(path.join(dataset.folder, whole)))?.text === stamp;
}
