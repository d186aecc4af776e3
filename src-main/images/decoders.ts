import type { PictureFormat } from '../contract/formats.ts';
import { decodeBmp } from './bmp.ts';
import type { Picture } from './picture.ts';
import { withoutStrayBytes } from './jpeg.ts';
import { isBrokenPng } from './png.ts';

/**
 * Who decodes a picture. `libvips` (by sharp): what is handed to it, mended where many files need that, and whether the file
 * itself shows that it is cut off or damaged, asked of one that could not be decoded; `own`: code here.
 * `own` takes the whole file and what errors call it, and throws `Damage`, or FalxError `too-large` by `checkSize` before
 * it takes memory.
 */
export type Decoder =
  | { libvips: (input: Buffer) => Buffer; isBroken?: (input: Buffer) => boolean }
  | { own: (input: Buffer, name: string) => Picture };

const libvips = (input: Buffer): Buffer => input;

export const decoders: Readonly<Record<PictureFormat, Decoder>> = {
  jpeg: { libvips: withoutStrayBytes },
  png: { libvips, isBroken: isBrokenPng },
  tiff: { libvips },
  bmp: { own: decodeBmp },
  webp: { libvips, isBroken: (input) => input.length < 12 || input.length < 8 + input.readUInt32LE(4) },
  gif: { libvips },
};
