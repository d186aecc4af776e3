import type { Shortcut } from '../../contract/check.ts';
import { formatNames } from '../../contract/formats.ts';
import { greySquareOf } from '../../images/grey-square.ts';
import { lowerLevel } from '../../statistics/quantiles.ts';

export type ShortcutKind = Shortcut['kind'];

/** What is measured of one picture, kind by kind; each kind sees nothing of the others. */
export type Features = Record<ShortcutKind, Float32Array>;

/** A decoded picture and what is known of its file. `pixels`: uint8 RGB [height, width, 3]. */
export interface Sample {
  width: number;
  height: number;
  pixels: Uint8Array;
  format: string;
  /** Of the file; 0 where it holds several pictures. */
  bytes: number;
}

/** Side of the square that borders and thumbnails are cut from, and the ring's width: 1/16 of the side. */
const SIDE = 128;
const RING = 8;
export const THUMBNAIL = 16;
export const HISTOGRAM = 32;

const sides = ['top', 'right', 'bottom', 'left'] as const;
const measures = [
  'mean',
  'spread',
  '10th percentile',
  'median',
  '90th percentile',
  'black',
  'white',
  'edges',
  'step at the outermost line',
] as const;

/** What each number of a kind is called, in order. */
export const featureNames: Readonly<Record<ShortcutKind, readonly string[]>> = {
  file: [
    'width',
    'height',
    'width ÷ height',
    'width × height',
    'bytes per pixel',
    'coloured pixels',
    // Told apart as yes or no each.
    ...formatNames.map((format) => `format ${format}`),
  ],
  border: [...sides, 'whole'].flatMap((side) => measures.map((measure) => `${measure}, ${side} border`)),
  histogram: Array.from(
    { length: HISTOGRAM },
    (_, bin) => `pixels of grey ${(256 / HISTOGRAM) * bin} to ${(256 / HISTOGRAM) * (bin + 1) - 1}`,
  ),
  thumbnail: Array.from(
    { length: THUMBNAIL ** 2 },
    (_, at) =>
      `brightness at row ${1 + Math.floor(at / THUMBNAIL)}, column ${1 + (at % THUMBNAIL)} of ${THUMBNAIL}`,
  ),
};

/** Measures one picture: shares are 0 to 1, brightness is grey levels 0 to 255. */
export async function featuresOf(sample: Sample): Promise<Features> {
  const { width, height, pixels } = sample;
  const { histogram, coloured } = levelsOf(pixels);
  const square = await greySquareOf(pixels, width, height, SIDE);
  return {
    file: fileFeatures(sample, coloured),
    border: borderFeatures(square),
    histogram,
    thumbnail: thumbnailOf(square),
  };
}

function fileFeatures({ width, height, bytes, format }: Sample, coloured: number): Float32Array {
  const pixels = width * height;
  return Float32Array.from([
    width,
    height,
    width / height,
    pixels,
    bytes / pixels,
    coloured,
    ...formatNames.map((name) => Number(name === format)),
  ]);
}

/** Channels further apart than this are colour, not what JPEG makes of grey. */
const COLOUR = 24;

/** Shares of the pixels by grey level (ITU-R BT.601 luma, as Pillow's `convert('L')`), and of those in colour. */
function levelsOf(pixels: Uint8Array): { histogram: Float32Array; coloured: number } {
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

/** The mean of each 8 × 8 block. */
function thumbnailOf(square: Uint8Array): Float32Array {
  const block = SIDE / THUMBNAIL;
  const means = new Float32Array(THUMBNAIL ** 2);
  square.forEach((level, at) => {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    means[Math.floor(row / block) * THUMBNAIL + Math.floor(column / block)]! += level / block ** 2;
  });
  return means;
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

const borderFeatures = (square: Uint8Array): Float32Array =>
  Float32Array.from(rings.flatMap((ring) => measuresOf(square, ring)));

/** In the order of `measures`. */
function measuresOf(square: Uint8Array, ring: Uint16Array): number[] {
  const n = ring.length;
  const levels = Uint8Array.from(ring, (at) => square[at]!);
  const counts = new Uint32Array(256);
  let [sum, squares, steps] = [0, 0, 0];
  levels.forEach((level, i) => {
    counts[level]! += 1;
    sum += level;
    squares += level * level;
    if (i % SIDE > 0) steps += Math.abs(level - levels[i - 1]!);
  });
  const share = (from: number, to: number) =>
    counts.subarray(from, to).reduce((all, count) => all + count, 0) / n;
  return [
    sum / n,
    Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)),
    lowerLevel(counts, n, 0.1),
    lowerLevel(counts, n, 0.5),
    lowerLevel(counts, n, 0.9),
    share(0, 8),
    share(248, 256),
    steps / (n - n / SIDE),
    // A frame shows as a step from the edge to what lies within.
    meanOf(levels, 0) - meanOf(levels, RING / 2),
  ];
}

/** Of one line of a ring. */
function meanOf(levels: Uint8Array, line: number): number {
  const length = levels.length / RING;
  return levels.subarray(line * length, (line + 1) * length).reduce((sum, level) => sum + level, 0) / length;
}
