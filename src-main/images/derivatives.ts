import path from 'node:path';
import { crc32 } from 'node:zlib';
import { BORDER, HISTOGRAM, measureFast, squareAndMeasures, THUMBNAIL, type Measures } from './measures.ts';
import { Packs } from './packs.ts';
import type { Picture } from './picture.ts';
import { SMALL, thumbnail, thumbnailOfGrey } from './thumbnail.ts';

/**
 * The result of decoding a picture once, so that checks and windows need not decode it again. Stored in `<home>/cache/derived`
 * under the picture's SHA-256 (for a file with several, that of the file's SHA-256 and the picture's name), in packs of this
 * `VERSION`. All of it can be made again from the original.
 */
export interface Derivative {
  /** uint8 [SQUARE, SQUARE]: grey levels, both axes scaled to fit, in which twins are searched for. */
  grey: Uint8Array;
  measures: Measures;
  /** JPEG with a longest side of `SMALL` pixels, for a picture in colour; a grey one is shown from `grey`. */
  coloured: Uint8Array | null;
}

/** Side of the grey square, pixels. */
export const SQUARE = 160;

/** To be incremented if decoding, the square, the measures or the file layout would give different results. */
export const VERSION = 2;

/** Default limit of derivatives, bytes: about 148,000 pictures. */
export const MOST_DERIVED = 4e9;

/** Does not decode: the picture's pixels are given. */
export async function derive(picture: Picture): Promise<Derivative> {
  const { square, measures, isGrey } = await squareAndMeasures(picture, SQUARE);
  return { grey: square, measures, coloured: isGrey ? null : await thumbnail(picture, SMALL) };
}

/**
 * A picture for a window, from its derivative. @param of the picture's own size.
 * @returns null if it must be made from the original, since the derivative is too small.
 */
export async function smallPicture(
  { grey, coloured }: Derivative,
  of: { width: number; height: number },
  side: number,
): Promise<Uint8Array | null> {
  if (coloured) return side === SMALL ? coloured : null;
  if (side > SMALL || Math.max(of.width, of.height) < SQUARE) return null;
  return thumbnailOfGrey(grey, SQUARE, of, side);
}

/** At the start of each; the numbers after it are little-endian, as on every platform of Falx. */
const MARK = Buffer.from(`FALXDER${VERSION}`, 'latin1');
/** At the end, the CRC-32 of everything before it: detects damage, and records incomplete after a power cut. */
const SEAL = 4;
const NUMBERS = 1 + HISTOGRAM + BORDER + THUMBNAIL ** 2;
const HEAD = MARK.length + 4 * NUMBERS + SQUARE ** 2;

/** Folder of a home's derivatives. */
export const derivedFolder = (home: string): string => path.join(home, 'cache', 'derived');

const open = new Map<string, Packs>();

function packsIn(folder: string): Packs {
  const known = open.get(folder);
  if (known) return known;
  const packs = new Packs(folder, VERSION);
  open.set(folder, packs);
  return packs;
}

/** Whether a picture's derivative exists, intact or not; very recent changes by another process may be missed. */
export const hasDerivative = (folder: string, sha256: string): boolean => packsIn(folder).has(sha256);

/**
 * Stores a derivative: completely or not at all, whenever the process stops. Nothing is flushed: its CRC detects what a power cut
 * damages. One that can't be written, for example on a full disk, is made again when it is needed.
 * @returns whether it was written.
 */
export const keepDerivative = (folder: string, sha256: string, derivative: Derivative): boolean =>
  packsIn(folder).add(sha256, packed(derivative));

/** Scratch buffer: one derivative of a grey picture. */
const scratch = Buffer.alloc(HEAD + SEAL);

/** As `keepDerivative` of the result of `derive`, without copying for a grey picture. */
export async function keepNew(folder: string, sha256: string, picture: Picture): Promise<boolean> {
  const quick = await measureFast(picture, SQUARE, ({ square, measures, isGrey }) => {
    if (!isGrey) return null;
    return packsIn(folder).add(sha256, packed({ grey: square, measures, coloured: null }, scratch));
  });
  return quick ?? keepDerivative(folder, sha256, await derive(picture));
}

/** Null if there is none that is intact and of this version. */
export function readDerivative(folder: string, sha256: string): Derivative | null {
  const content = packsIn(folder).read(sha256);
  const derivative = content && unpacked(content);
  if (derivative === null) packsIn(folder).forget(sha256);
  return derivative;
}

/** As it is stored, and sent between processes. @param into target buffer, used if large enough. */
export function packed({ grey, measures, coloured }: Derivative, into = Buffer.alloc(0)): Buffer {
  const bytes = HEAD + (coloured?.length ?? 0) + SEAL;
  const content = into.length < bytes ? Buffer.allocUnsafe(bytes) : into.subarray(0, bytes);
  const numbers = new Float32Array(NUMBERS);
  numbers[0] = measures.coloured;
  numbers.set(measures.histogram, 1);
  numbers.set(measures.border, 1 + HISTOGRAM);
  numbers.set(measures.thumbnail, 1 + HISTOGRAM + BORDER);
  MARK.copy(content);
  content.set(new Uint8Array(numbers.buffer), MARK.length);
  content.set(grey, HEAD - SQUARE ** 2);
  if (coloured) content.set(coloured, HEAD);
  content.writeUInt32LE(crc32(content.subarray(0, -SEAL)), bytes - SEAL);
  return content;
}

/** Null if it is not intact or not of this version. */
export function unpacked(content: Buffer): Derivative | null {
  if (content.length < HEAD + SEAL || !content.subarray(0, MARK.length).equals(MARK)) return null;
  const sealed = content.subarray(0, -SEAL);
  if (crc32(sealed) !== content.readUInt32LE(sealed.length)) return null;
  const numbers = new Float32Array(NUMBERS);
  new Uint8Array(numbers.buffer).set(content.subarray(MARK.length, MARK.length + 4 * NUMBERS));
  const [histogram, border] = [1, 1 + HISTOGRAM];
  return {
    grey: bytesOf(sealed.subarray(HEAD - SQUARE ** 2, HEAD)),
    measures: {
      coloured: numbers[0]!,
      histogram: numbers.subarray(histogram, border),
      border: numbers.subarray(border, border + BORDER),
      thumbnail: numbers.subarray(border + BORDER),
    },
    coloured: sealed.length > HEAD ? bytesOf(sealed.subarray(HEAD)) : null,
  };
}

/** Shares the memory: all of it belongs to this derivative. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Fraction of the limit that is left after deleting, so that it is not done for each new one. */
const AFTER = 0.9;

/**
 * Deletes the least recently used, some thousand at a time, if all together exceed the limit, and anything that is not a derivative
 * of this version. @returns bytes that are left.
 */
export const trimDerivatives = (folder: string, most = MOST_DERIVED): Promise<number> =>
  packsIn(folder).trim(most, AFTER);
