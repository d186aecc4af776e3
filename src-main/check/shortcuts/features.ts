import type { Shortcut } from '../../contract/check.ts';
import { formatNames, formatTitle } from '../../contract/formats.ts';
import { message, type Message, type MessageCode } from '../../contract/messages/catalogue.ts';
import { borderMeasures } from '../../contract/messages/codes/shortcuts.ts';
import { HISTOGRAM, measuresOf, sides, THUMBNAIL, type Measures } from '../../images/measures.ts';
import type { Picture } from '../../images/picture.ts';

export type ShortcutKind = Shortcut['kind'];

/** What a number is of. */
export type Feature = Message<MessageCode & `feature${string}`>;

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

/** What each number of a kind is, in order. */
export const featuresIn: Readonly<Record<ShortcutKind, readonly Feature[]>> = {
  file: [
    message('featureWidth', {}),
    message('featureHeight', {}),
    message('featureRatio', {}),
    message('featurePixels', {}),
    message('featureBytes', {}),
    message('featureColoured', {}),
    // Told apart as yes or no each.
    ...formatNames.map((name) => message('featureFormat', { format: formatTitle(name) })),
  ],
  border: [...sides, 'whole' as const].flatMap((side) =>
    borderMeasures.map((measure) => message('featureBorder', { measure, side })),
  ),
  histogram: Array.from({ length: HISTOGRAM }, (_, bin) =>
    message('featureGrey', { from: (256 / HISTOGRAM) * bin, to: (256 / HISTOGRAM) * (bin + 1) - 1 }),
  ),
  thumbnail: Array.from({ length: THUMBNAIL ** 2 }, (_, at) =>
    message('featurePlace', {
      row: 1 + Math.floor(at / THUMBNAIL),
      column: 1 + (at % THUMBNAIL),
      of: THUMBNAIL,
    }),
  ),
};

/** Measures one picture: shares are 0 to 1, brightness is grey levels 0 to 255. */
export const featuresOf = async (sample: OfFile & Picture): Promise<Features> =>
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
