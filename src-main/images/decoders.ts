import type { PictureFormat } from '../contract/formats.ts';
import { decodeBmp } from './bmp.ts';
import type { Picture } from './picture.ts';
import { withoutStrayBytes } from './jpeg.ts';

/**
 * Who decodes a picture. `libvips` (by sharp): what is handed to it, mended where many files need that; `own`: code here.
 * `own` takes the whole file and what errors call it, and throws `Damage`, or FalxError `too-large` by `checkSize` before
 * it takes memory.
 */
export type Decoder =
  { libvips: (input: Buffer) => Buffer } | { own: (input: Buffer, name: string) => Picture };

const asItIs: Decoder = { libvips: (input) => input };

export const decoders: Readonly<Record<PictureFormat, Decoder>> = {
  jpeg: { libvips: withoutStrayBytes },
  png: asItIs,
  tiff: asItIs,
  bmp: { own: decodeBmp },
  webp: asItIs,
  gif: asItIs,
};
