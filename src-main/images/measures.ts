import { lowerLevel } from '../statistics/quantiles.ts';
import { greySquareOf } from './grey-square.ts';
import { counted, free, kernels, placed, room, taken, zeros } from './kernels.ts';
import { colouredSquareAt, MOST_PIXELS, reduced, reducesAlike, singleChannel, squareAt } from './reduce.ts';

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
  const levels = grey ? levelsOf(grey, 1) : levelsOf(picture.pixels, 3);
  return { ...levels, border: borderOf(square), thumbnail: thumbnailOf(square) };
}

/** What is kept of a picture's pixels: a square of grey levels, and the measures; null for `isGrey` for one in colour. */
export interface Measured {
  /** uint8 [side, side] */
  square: Uint8Array;
  measures: Measures;
  isGrey: boolean;
}

/** A square of grey levels and the measures, the same as `squareOf` and `measuresOf` give. @param side of the square, pixels. */
export async function squareAndMeasures(picture: Picture, side: number): Promise<Measured> {
  const { width, height, pixels } = picture;
  if (width * height > MOST_PIXELS || !(await reducesAlike())) {
    const single = singleChannel(pixels);
    const [square, measures] = await Promise.all([squareOf(picture, single, side), measure(picture, single)]);
    return { square, measures, isGrey: single !== null };
  }
  // Nothing is waited for while the picture lies in the kernels' memory, which all share.
  free();
  const rgb = placed(pixels);
  const grey = room(width * height);
  const isGrey = kernels.single(rgb, width * height, grey) !== 0;
  const counts = new Float64Array(HISTOGRAM);
  const coloured = count(isGrey ? grey : rgb, width * height, isGrey ? 1 : 3, counts);
  const levels = sharesOf(counts, coloured, width * height);
  const quick = (of: number) => {
    const at = isGrey ? squareAt(grey, width, height, of) : colouredSquareAt(rgb, width, height, of);
    return at === null ? null : taken(at, of * of);
  };
  const [large, small] = [quick(side), quick(SIDE)];
  const square = large ?? (await greySquare(picture, side));
  const border = small ?? (await greySquare(picture, SIDE));
  return {
    square,
    measures: { ...levels, border: borderOf(border), thumbnail: thumbnailOf(border) },
    isGrey,
  };
}

const greySquare = async ({ width, height, pixels }: Picture, side: number): Promise<Uint8Array> =>
  new Uint8Array(await greySquareOf(pixels, width, height, side));

/** As `greySquareOf`, by the faster way where that gives the same. */
export async function squareOf(picture: Picture, grey: Uint8Array | null, side: number): Promise<Uint8Array> {
  const { width, height } = picture;
  const square = grey && (await reducesAlike()) ? reduced(grey, width, height, side) : null;
  return square ?? greySquare(picture, side);
}

/** Channels further apart than this are colour, not what JPEG makes of grey. */
const COLOUR = 24;

type Levels = Pick<Measures, 'histogram' | 'coloured'>;

/**
 * Adds to the counts by grey level (ITU-R BT.601 luma, as Pillow's `convert('L')`; of equal channels that is the level itself).
 * @param at one channel, or RGB, in the kernels' memory. @param counts [HISTOGRAM]. @returns pixels in colour.
 */
function count(at: number, pixels: number, channels: 1 | 3, counts: Float64Array): number {
  const to = zeros(4 * HISTOGRAM);
  const coloured = channels === 3 ? kernels.colours(at, pixels, to, COLOUR) : 0;
  if (channels === 1) kernels.levels(at, pixels, to);
  counted(to, 4 * HISTOGRAM).forEach((some, i) => (counts[i % HISTOGRAM]! += some));
  return coloured;
}

const sharesOf = (counts: Float64Array, coloured: number, pixels: number): Levels => ({
  histogram: Float32Array.from(counts, (some) => some / pixels),
  coloured: coloured / pixels,
});

/** By and by, so that the memory need not hold all of a large picture. */
function levelsOf(values: Uint8Array, channels: 1 | 3): Levels {
  const counts = new Float64Array(HISTOGRAM);
  const pixels = values.length / channels;
  let coloured = 0;
  for (let from = 0; from < pixels; from += MOST_PIXELS) {
    const to = Math.min(pixels, from + MOST_PIXELS);
    free();
    coloured += count(placed(values.subarray(channels * from, channels * to)), to - from, channels, counts);
  }
  return sharesOf(counts, coloured, pixels);
}

/** The mean of each 8 × 8 block. */
function thumbnailOf(square: Uint8Array): Float32Array {
  free();
  const sums = room(4 * THUMBNAIL ** 2);
  kernels.blocks(placed(square), THUMBNAIL, sums);
  return Float32Array.from(counted(sums, THUMBNAIL ** 2), (sum) => sum / (SIDE / THUMBNAIL) ** 2);
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
