import { lowerLevel } from '../statistics/quantiles.ts';
import { greySquareOf } from './grey-square.ts';
import { reduced, reducesAlike, singleChannel } from './reduce.ts';

/** What is measured of a picture besides its size; shares are 0 to 1, brightness is grey levels 0 to 255. */
export interface Measures {
  /** Share of the pixels that have a colour. */
  coloured: number;
  /** float32 [HISTOGRAM]: shares of the pixels by grey level. */
  histogram: Float32Array;
  /** float32 [BORDER]: of each of `sides`, then of the whole ring, nine numbers each. */
  border: Float32Array;
  /** float32 [THUMBNAIL, THUMBNAIL] */
  thumbnail: Float32Array;
}

/** A decoded picture. `pixels`: uint8 RGB [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Side of the square that borders and thumbnails are cut from, and the ring's width: 1/16 of the side. */
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
  const { histogram, coloured } = grey ? greyLevels(grey) : levelsOf(picture.pixels);
  return { coloured, histogram, border: borderOf(square), thumbnail: thumbnailOf(square) };
}

/** As `greySquareOf`, by the faster way where that gives the same. */
export async function squareOf(
  { width, height, pixels }: Picture,
  grey: Uint8Array | null,
  side: number,
): Promise<Uint8Array> {
  const square = grey && (await reducesAlike()) ? reduced(grey, width, height, side) : null;
  return square ?? new Uint8Array(await greySquareOf(pixels, width, height, side));
}

/** Channels further apart than this are colour, not what JPEG makes of grey. */
const COLOUR = 24;

type Levels = Pick<Measures, 'histogram' | 'coloured'>;

/** By grey level (ITU-R BT.601 luma, as Pillow's `convert('L')`), and the share in colour. */
function levelsOf(pixels: Uint8Array): Levels {
  const counts = new Uint32Array(HISTOGRAM);
  let coloured = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at]!;
    const green = pixels[at + 1]!;
    const blue = pixels[at + 2]!;
    counts[((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16) >> 3]! += 1;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > COLOUR) coloured += 1;
  }
  const total = pixels.length / 3;
  return { histogram: Float32Array.from(counts, (count) => count / total), coloured: coloured / total };
}

/** Of equal channels the luma is the level itself: the weights add up to one. */
function greyLevels(grey: Uint8Array): Levels {
  const counts = new Uint32Array(HISTOGRAM);
  for (let at = 0; at < grey.length; at += 1) counts[grey[at]! >> 3]! += 1;
  return { histogram: Float32Array.from(counts, (count) => count / grey.length), coloured: 0 };
}

/** The mean of each 8 × 8 block. */
function thumbnailOf(square: Uint8Array): Float32Array {
  const block = SIDE / THUMBNAIL;
  const sums = new Float32Array(THUMBNAIL ** 2);
  for (let row = 0, at = 0; row < SIDE; row += 1) {
    const to = Math.floor(row / block) * THUMBNAIL;
    for (let column = 0; column < SIDE; column += 1, at += 1)
      sums[to + Math.floor(column / block)]! += square[at]!;
  }
  return sums.map((sum) => sum / block ** 2);
}

/**
 * Where each side's pixels lie in the square, line by line from the edge inwards, corners on both sides; then the
 * whole ring, its lines going round.
 */
const rings: readonly Uint16Array[] = (() => {
  const at = (side: (typeof sides)[number], depth: number, along: number): number => {
    if (side === 'top') return depth * SIDE + along;
    if (side === 'bottom') return (SIDE - 1 - depth) * SIDE + along;
    return along * SIDE + (side === 'left' ? depth : SIDE - 1 - depth);
  };
  const line = (side: (typeof sides)[number], depth: number) =>
    Array.from({ length: SIDE }, (_, along) => at(side, depth, along));
  const depths = Array.from({ length: RING }, (_, depth) => depth);
  return [
    ...sides.map((side) => depths.flatMap((depth) => line(side, depth))),
    depths.flatMap((depth) => sides.flatMap((side) => line(side, depth))),
  ].map((places) => Uint16Array.from(places));
})();

function borderOf(square: Uint8Array): Float32Array {
  const border = new Float32Array(BORDER);
  rings.forEach((ring, at) => border.set(ofRing(square, ring), 9 * at));
  return border;
}

/** Mean, spread, 10th percentile, median, 90th percentile, black, white, edges, step at the outermost line. */
function ofRing(square: Uint8Array, ring: Uint16Array): number[] {
  const n = ring.length;
  const line = n / RING;
  const counts = new Uint32Array(256);
  // Of the outermost line, and of the one half way in: a frame shows as a step from the edge to what lies within.
  let [sum, squares, steps, before, outermost, within] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const level = square[ring[i]!]!;
    counts[level]! += 1;
    sum += level;
    squares += level * level;
    if (i % SIDE > 0) steps += Math.abs(level - before);
    before = level;
    if (i < line) outermost += level;
    else if (i >= n / 2 && i < n / 2 + line) within += level;
  }
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
