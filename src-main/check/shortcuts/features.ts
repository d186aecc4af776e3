import type { Shortcut } from '../../contract/check.ts';
import { formatNames } from '../../contract/formats.ts';
import {
  HISTOGRAM,
  measuresOf,
  sides,
  THUMBNAIL,
  type Measures,
  type Picture,
} from '../../images/measures.ts';

export type ShortcutKind = Shortcut['kind'];

/** What is measured of one picture, kind by kind; each kind sees nothing of the others. */
export type Features = Record<ShortcutKind, Float32Array>;

/** What is known of a picture's file. */
export interface OfFile {
  width: number;
  height: number;
  format: string;
  /** Of the file; 0 where it holds several pictures. */
  bytes: number;
}

/** A decoded picture with its file. */
export type Sample = OfFile & Picture;

const borderMeasures = [
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
  border: [...sides, 'whole'].flatMap((side) =>
    borderMeasures.map((measure) => `${measure}, ${side} border`),
  ),
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
export const featuresOf = async (sample: Sample): Promise<Features> =>
  featuresFrom(await measuresOf(sample), sample);

/** The same of a picture that was measured before. */
export function featuresFrom(
  { coloured, border, histogram, thumbnail }: Measures,
  { width, height, bytes, format }: OfFile,
): Features {
  const pixels = width * height;
  const file = Float32Array.from([
    width,
    height,
    width / height,
    pixels,
    bytes / pixels,
    coloured,
    ...formatNames.map((name) => Number(name === format)),
  ]);
  return { file, border, histogram, thumbnail };
}
