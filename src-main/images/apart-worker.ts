import type { ImageRecord } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import type { Parse } from '../system/foreign.ts';
import { WithBytes } from '../system/parsers.ts';
import type { Facts } from './facts.ts';
import { derive, packed } from './derivatives.ts';
import { square, squareIn, type Placed } from './pixels.ts';
import { pictureCalled, pictureName, picturesIn, readPicture, type ScanOptions } from './scan.ts';
import { thumbnail } from './thumbnail.ts';

type Known = { folder: string; image: Pick<ImageRecord, 'file' | 'frame' | 'sha256'> };

/** What is asked of the process that decodes. */
export type PictureTask =
  | ({ kind: 'square'; pixelPath: Preprocessing } & Known)
  | ({ kind: 'thumbnail'; side: number } & Known)
  | ({ kind: 'derive' } & Known)
  | { kind: 'scans'; file: string; frame: string | null; pixelPath: Preprocessing; how: ScanOptions };

/** A picture of a file, and what a network sees of it. */
export interface ScanSeen {
  /** Its file's name, with which of its pictures it is. */
  file: string;
  sha256: string;
  /** What its header says of it. */
  facts: Facts | null;
  /** uint8 [imageSize, imageSize, 3] */
  pixels: Buffer;
  placed: Placed;
}

/** Decodes pictures in a process that parses; they are the bytes that the answer brings along. */
export const parse: Parse<PictureTask, WithBytes<null> | WithBytes<Omit<ScanSeen, 'pixels'>[]>> = async (
  task,
  goesOn,
) => {
  if (task.kind === 'scans') return scans(task, goesOn);
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
  { file, frame, pixelPath, how }: PictureTask & { kind: 'scans' },
  goesOn: () => void,
): Promise<WithBytes<Omit<ScanSeen, 'pixels'>[]>> {
  if (frame !== null) {
    const picture = await pictureCalled(file, frame, pixelPath.window);
    const { pixels, placed } = await squareIn(picture, pixelPath);
    return new WithBytes([{ file, sha256: picture.sha256, facts: picture.facts, placed }], [pixels]);
  }
  const found: Omit<ScanSeen, 'pixels'>[] = [];
  const pixels: Uint8Array[] = [];
  for await (const picture of picturesIn(file, file, how)) {
    const seen = await squareIn(picture, pixelPath);
    pixels.push(seen.pixels);
    const { frame, sha256, facts } = picture;
    const { placed } = seen;
    if (found.push({ file: pictureName(file, frame), sha256, facts, placed }) > 1) goesOn();
  }
  return new WithBytes(found, pixels);
}
