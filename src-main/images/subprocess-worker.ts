import type { ImageRecord, SeriesSlice } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import type { Parse } from '../system/foreign.ts';
import { WithBytes } from '../system/parsers.ts';
import type { Facts } from './facts.ts';
import { derive, packed, SQUARE } from './derivatives.ts';
import { squareAndMeasures } from './measures.ts';
import type { Picture } from './picture.ts';
import { square, squareIn, type Placed } from './pixels.ts';
import { pictureCalled, pictureName, picturesIn, readPicture, type ScanOptions } from './scan.ts';
import { thumbnail } from './thumbnail.ts';

type Known = { folder: string; image: Pick<ImageRecord, 'file' | 'frame' | 'sha256'> };

/** Request to the process that decodes. */
export type PictureTask =
  | ({ kind: 'square'; pixelPath: Preprocessing } & Known)
  | ({ kind: 'thumbnail'; side: number } & Known)
  | ({ kind: 'derive' } & Known)
  | {
      kind: 'scans';
      file: string;
      frame: string | null;
      pixelPath: Preprocessing;
      how: ScanOptions;
      /** Whether the grey squares are requested. */
      grey: boolean;
    };

/** A picture of a file as a network sees it. */
export interface PreprocessedScan {
  /** Its file's name, and which of its pictures it is. */
  file: string;
  sha256: string;
  /** Values of its header. */
  facts: Facts | null;
  slice?: SeriesSlice | undefined;
  /** uint8 [imageSize, imageSize, 3] */
  pixels: Buffer;
  placed: Placed;
  /** uint8 [SQUARE, SQUARE]: used to find twins; null if not requested. */
  grey: Buffer | null;
}

/** The bytes are sent separately: the pixels of all, then the grey squares of all. */
export type PreprocessedScanInfo = Omit<PreprocessedScan, 'pixels' | 'grey'>;

/** Decodes pictures in a parser process; they are sent as bytes with the answer. */
export const parse: Parse<PictureTask, WithBytes<null> | WithBytes<PreprocessedScanInfo[]>> = async (
  task,
  reportProgress,
) => {
  if (task.kind === 'scans') return scans(task, reportProgress);
  const { folder, image } = task;
  if (task.kind === 'square') {
    const { pixelPath } = task;
    const picture = await readPicture(folder, image, pixelPath.window);
    return new WithBytes(null, [await square(picture, pixelPath)]);
  }
  const picture = await readPicture(folder, image);
  const made =
    task.kind === 'thumbnail' ? await thumbnail(picture, task.side) : packed(await derive(picture));
  return new WithBytes(null, [made]);
};

async function scans(
  { file, frame, pixelPath, how, grey }: PictureTask & { kind: 'scans' },
  reportProgress: () => void,
): Promise<WithBytes<PreprocessedScanInfo[]>> {
  if (frame !== null) {
    const picture = await pictureCalled(file, frame, pixelPath.window);
    const { sha256, facts } = picture;
    const { pixels, placed } = await squareIn(picture, pixelPath);
    const greys = grey ? [await greyOf(picture)] : [];
    return new WithBytes([{ file, sha256, facts, placed }], [pixels, ...greys]);
  }
  const found: PreprocessedScanInfo[] = [];
  const [pixels, greys]: [Uint8Array[], Uint8Array[]] = [[], []];
  for await (const picture of picturesIn(file, file, how)) {
    const seen = await squareIn(picture, pixelPath);
    pixels.push(seen.pixels);
    if (grey) greys.push(await greyOf(picture));
    const { frame, sha256, facts, slice } = picture;
    const { placed } = seen;
    if (found.push({ file: pictureName(file, frame), sha256, facts, slice, placed }) > 1) reportProgress();
  }
  return new WithBytes(found, [...pixels, ...greys]);
}

const greyOf = async (picture: Picture): Promise<Uint8Array> =>
  (await squareAndMeasures(picture, SQUARE)).square;
