import path from 'node:path';
import { crc32 } from 'node:zlib';
import {
  BORDER,
  HISTOGRAM,
  measuredQuickly,
  squareAndMeasures,
  THUMBNAIL,
  type Measures,
} from './measures.ts';
import { Packs } from './packs.ts';
import type { Picture } from './picture.ts';
import { SMALL, thumbnail, thumbnailOfGrey } from './thumbnail.ts';

/**
 * What comes of one decoding of a picture, so that checks and windows need not decode it again. Kept in
 * `<home>/cache/derived` under the picture's SHA-256 (of a file with several, that of the file's SHA-256 and the picture's
 * name), in packs of this `VERSION`. All of it can be made anew from the original.
 */
export interface Derivative {
  /** uint8 [SQUARE, SQUARE]: grey levels, both axes fitted, in which twins are looked for. */
  grey: Uint8Array;
  measures: Measures;
  /** JPEG of `SMALL` pixels' longest side, of a picture in colour; one in grey is shown by `grey`. */
  coloured: Uint8Array | null;
}

/** Side of the grey square, pixels. */
export const SQUARE = 160;

/** To be raised when decoding, the square, the measures or the layout of the file would come out otherwise. */
export const VERSION = 2;

/** Bytes that derivatives may take by default: about 148,000 pictures. */
export const MOST_DERIVED = 4e9;

/** Decodes nothing: the picture's pixels are at hand. */
export async function derive(picture: Picture): Promise<Derivative> {
  const { square, measures, isGrey } = await squareAndMeasures(picture, SQUARE);
  return { grey: square, measures, coloured: isGrey ? null : await thumbnail(picture, SMALL) };
}

/**
 * A picture for a window, from what is kept of it. @param of the picture's own size.
 * @returns null where it must be made from the original: it would be blurred, or there is less of it than is asked for.
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

/** Before all else in a file; the numbers behind are little-endian, as everywhere that Falx runs. */
const MARK = Buffer.from(`FALXDER${VERSION}`, 'latin1');
/** The CRC-32 of all before it ends one: of one that was damaged, or written in part when the power went, it is another. */
const SEAL = 4;
const NUMBERS = 1 + HISTOGRAM + BORDER + THUMBNAIL ** 2;
const HEAD = MARK.length + 4 * NUMBERS + SQUARE ** 2;

/** Where a home's derivatives are. */
export const derivedFolder = (home: string): string => path.join(home, 'cache', 'derived');

const open = new Map<string, Packs>();

function packsIn(folder: string): Packs {
  const known = open.get(folder);
  if (known) return known;
  const packs = new Packs(folder, VERSION);
  open.set(folder, packs);
  return packs;
}

/** Whether a picture's derivative is there, whole or not; what another process kept or threw away just now may be missed. */
export const hasDerivative = (folder: string, sha256: string): boolean => packsIn(folder).has(sha256);

/**
 * Keeps a derivative: all of it or nothing is there, whatever stops the process. Nothing is flushed: what a power cut
 * leaves of it is found by its seal. One that can't be written, on a full disk say, is made anew when it is wanted.
 * @returns whether it was written.
 */
export const keepDerivative = (folder: string, sha256: string, derivative: Derivative): boolean =>
  packsIn(folder).add(sha256, packed(derivative));

/** Work space: one of a picture in grey. */
const scratch = Buffer.alloc(HEAD + SEAL);

/** As `keepDerivative` of what `derive` gives, with nothing copied on the way of a picture in grey. */
export async function keepNew(folder: string, sha256: string, picture: Picture): Promise<boolean> {
  const quick = await measuredQuickly(picture, SQUARE, ({ square, measures, isGrey }) => {
    if (!isGrey) return null;
    return packsIn(folder).add(sha256, packed({ grey: square, measures, coloured: null }, scratch));
  });
  return quick ?? keepDerivative(folder, sha256, await derive(picture));
}

/** Null where there is none, or none that is whole and of this version. */
export function readDerivative(folder: string, sha256: string): Derivative | null {
  const content = packsIn(folder).read(sha256);
  const derivative = content && unpacked(content);
  if (derivative === null) packsIn(folder).forget(sha256);
  return derivative;
}

/** As it is kept, and as it crosses between processes. @param into where it is written, if there is room. */
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

/** Null for what is none that is whole and of this version. */
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

/** The same memory: all of it is this derivative's. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Part of the limit that is left after some were thrown away, so that it is not done for each new one. */
const AFTER = 0.9;

/**
 * Throws those used longest ago away when all together take more room than they may, some thousand at a time, and what is no
 * derivative of this version. @returns bytes that are left.
 */
export const trimDerivatives = (folder: string, most = MOST_DERIVED): Promise<number> =>
  packsIn(folder).trim(most, AFTER);
