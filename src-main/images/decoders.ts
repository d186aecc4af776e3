import type { PictureFormat } from '../contract/formats.ts';
import { decodeBmp } from './bmp.ts';
import type { Picture } from './picture.ts';
import { withoutStrayBytes } from './jpeg.ts';
import { isBrokenPng } from './png.ts';

/**
 * How a picture is decoded. `libvips` (through sharp): a fix-up of its input if many files need one, and whether the file itself
 * proves to be truncated or damaged, called if decoding failed; `own`: code here. `own` gets the whole file and the name used in
 * errors, and throws `Damage`, or FalxError `too-large` by `checkSize` before it allocates memory.
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
