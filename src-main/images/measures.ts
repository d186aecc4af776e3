import { lowerLevel } from '../statistics/quantiles.ts';
import { greySquareOf } from './grey-square.ts';
import { kernels, pixelLoops } from './kernels.ts';
import type { Picture } from './picture.ts';
import {
  colouredSquareAt,
  greySquareAt,
  MOST_PIXELS,
  reduced,
  reducesAlike,
  singleChannel,
} from './reduce.ts';

/** Measures of a picture besides its size; shares are 0 to 1, brightness is grey levels 0 to 255. */
export interface Measures {
  /** Share of the pixels that have a colour. */
  coloured: number;
  /** float32 [HISTOGRAM]: shares of the pixels by grey level. */
  histogram: Float32Array;
  /** float32 [BORDER]: for each of `sides`, then for the whole ring, nine numbers each. */
  border: Float32Array;
  /** float32 [THUMBNAIL, THUMBNAIL] */
  thumbnail: Float32Array;
}

/** Side of the square from which borders and thumbnails are taken, and the ring's width: 1/16 of the side. */
const SIDE = 128;
const RING = 8;
export const THUMBNAIL = 16;
export const HISTOGRAM = 32;
export const sides = ['top', 'right', 'bottom', 'left'] as const;
export const BORDER = 9 * (sides.length + 1);

/** Measures a decoded picture. */
export async function measuresOf(picture: Picture): Promise<Measures> {
  return measure(picture, singleChannel(picture.pixels));
}

/** @param grey the picture's only channel, if it has only one. */
export async function measure(picture: Picture, grey: Uint8Array | null): Promise<Measures> {
  const square = await squareOf(picture, grey, SIDE);
  const levels = grey ? levelsOf(grey, 1) : levelsOf(picture.pixels, 3);
  pixelLoops.free();
  const at = pixelLoops.placed(square);
  return { ...levels, border: borderAt(at), thumbnail: thumbnailAt(at) };
}

/** What is stored of a picture: a square of grey levels, and the measures; `isGrey` null for one in colour. */
export interface Measured {
  /** uint8 [side, side] */
  square: Uint8Array;
  measures: Measures;
  isGrey: boolean;
}

/** A square of grey levels and the measures, equal to those of `squareOf` and `measuresOf`. @param side of the square, pixels. */
export async function squareAndMeasures(picture: Picture, side: number): Promise<Measured> {
  const quick = await measureFast(picture, side, (found) => ({ ...found, square: found.square.slice() }));
  if (quick) return quick;
  const single = singleChannel(picture.pixels);
  const [square, measures] = await Promise.all([squareOf(picture, single, side), measure(picture, single)]);
  return { square, measures, isGrey: single !== null };
}

/**
 * The same by the faster method. @param use called with the result at once: the square is in shared memory.
 * @returns the result of `use`; null for a picture that the faster method does not support.
 */
export async function measureFast<T>(
  { width, height, pixels }: Picture,
  side: number,
  use: (found: Measured) => T,
): Promise<T | null> {
  if (width * height > MOST_PIXELS || !(await reducesAlike())) return null;
  pixelLoops.free();
  const rgb = pixelLoops.placed(pixels);
  const grey = pixelLoops.room(width * height);
  const isGrey = kernels.single(rgb, width * height, grey) !== 0;
  const squareAt = (of: number) =>
    isGrey ? greySquareAt(grey, width, height, of) : colouredSquareAt(rgb, width, height, of);
  const [square, small] = [squareAt(side), squareAt(SIDE)];
  if (square === null || small === null) return null;
  const counts = new Float64Array(HISTOGRAM);
  const coloured = count(isGrey ? grey : rgb, width * height, isGrey ? 1 : 3, counts);
  const measures = {
    ...sharesOf(counts, coloured, width * height),
    border: borderAt(small),
    thumbnail: thumbnailAt(small),
  };
  return use({ square: pixelLoops.lent(square, side * side), measures, isGrey });
}

const greySquare = async ({ width, height, pixels }: Picture, side: number): Promise<Uint8Array> =>
  new Uint8Array(await greySquareOf(pixels, width, height, side));

/** As `greySquareOf`, by the faster method if it gives the same. */
export async function squareOf(picture: Picture, grey: Uint8Array | null, side: number): Promise<Uint8Array> {
  const { width, height } = picture;
  const square = grey && (await reducesAlike()) ? reduced(grey, width, height, side) : null;
  return square ?? greySquare(picture, side);
}

/** Channels further apart than this are colour, not JPEG noise on grey. */
const COLOUR = 24;

type Levels = Pick<Measures, 'histogram' | 'coloured'>;

/**
 * Adds to the counts by grey level (ITU-R BT.601 luma, as Pillow's `convert('L')`; for equal channels that is the level itself).
 * @param at one channel, or RGB, in the kernels' memory. @param counts [HISTOGRAM]. @returns pixels in colour.
 */
function count(at: number, pixels: number, channels: 1 | 3, counts: Float64Array): number {
  const to = pixelLoops.zeros(HISTOGRAM);
  const coloured = channels === 3 ? kernels.colours(at, pixels, to, COLOUR) : 0;
  if (channels === 1) kernels.levels(at, pixels, to, pixelLoops.zeros(4 * HISTOGRAM ** 2));
  add(pixelLoops.counted(to, HISTOGRAM), counts);
  return coloured;
}

function sharesOf(counts: Float64Array, coloured: number, pixels: number): Levels {
  // Written as a loop here and in `add`: a callback per element takes a tenth of all measuring.
  const histogram = new Float32Array(counts.length);
  for (let at = 0; at < counts.length; at += 1) histogram[at] = counts[at]! / pixels;
  return { histogram, coloured: coloured / pixels };
}

function add(sums: Uint32Array, to: Float64Array): void {
  for (let at = 0; at < sums.length; at += 1) to[at]! += sums[at]!;
}

/** In pieces, so that the memory need not hold all of a large picture. */
function levelsOf(values: Uint8Array, channels: 1 | 3): Levels {
  const counts = new Float64Array(HISTOGRAM);
  const pixels = values.length / channels;
  let coloured = 0;
  for (let from = 0; from < pixels; from += MOST_PIXELS) {
    const to = Math.min(pixels, from + MOST_PIXELS);
    pixelLoops.free();
    coloured += count(
      pixelLoops.placed(values.subarray(channels * from, channels * to)),
      to - from,
      channels,
      counts,
    );
  }
  return sharesOf(counts, coloured, pixels);
}

/** The mean of each 8 × 8 block. @param square in the kernels' memory, as for `borderAt`. */
function thumbnailAt(square: number): Float32Array {
  const sums = pixelLoops.room(4 * THUMBNAIL ** 2);
  kernels.blocks(square, THUMBNAIL, sums);
  const means = new Float32Array(pixelLoops.counted(sums, THUMBNAIL ** 2));
  for (let at = 0; at < means.length; at += 1) means[at]! /= (SIDE / THUMBNAIL) ** 2;
  return means;
}

/** Indices of each side's pixels in the square, line by line from the edge inwards, corners on both sides. */
const rings: readonly Uint8Array[] = (() => {
  const at = (side: (typeof sides)[number], depth: number, along: number): number => {
    if (side === 'top') return depth * SIDE + along;
    if (side === 'bottom') return (SIDE - 1 - depth) * SIDE + along;
    return along * SIDE + (side === 'left' ? depth : SIDE - 1 - depth);
  };
  const line = (side: (typeof sides)[number], depth: number) =>
    Array.from({ length: SIDE }, (_, along) => at(side, depth, along));
  const depths = Array.from({ length: RING }, (_, depth) => depth);
  return sides.map(
    (side) => new Uint8Array(Uint16Array.from(depths.flatMap((depth) => line(side, depth))).buffer),
  );
})();

/** For each side, and for the whole ring, which is all four. */
function borderAt(square: number): Float32Array {
  const border = new Float32Array(BORDER);
  const whole = new Float64Array(256 + SUMS);
  rings.forEach((places, side) => {
    const counts = pixelLoops.zeros(256 + SUMS);
    kernels.border(square, pixelLoops.placed(places), RING, SIDE, counts, counts + 4 * 256);
    const sums = pixelLoops.counted(counts, 256 + SUMS);
    border.set(ofRing(sums, RING * SIDE), 9 * side);
    add(sums, whole);
  });
  border.set(ofRing(whole, sides.length * RING * SIDE), 9 * sides.length);
  return border;
}

/** Sums kept besides counts by level. */
const SUMS = 5;

/** Mean, spread, 10th percentile, median, 90th percentile, black, white, edges, step at the outermost line. */
function ofRing(counts: Uint32Array | Float64Array, n: number): number[] {
  const line = n / RING;
  // A frame shows as a step from the outermost line to the one half way in.
  const [sum, squares, steps, outermost, within] = counts.subarray(256) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const share = (from: number, to: number) => {
    let all = 0;
    for (let level = from; level < to; level += 1) all += counts[level]!;
    return all / n;
  };
  return [
    sum / n,
    Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)),
    lowerLevel(counts, n, 0.1),
    lowerLevel(counts, n, 0.5),
    lowerLevel(counts, n, 0.9),
    share(0, 8),
    share(248, 256),
    steps / (n - n / SIDE),
    outermost / line - within / line,
  ];
}
