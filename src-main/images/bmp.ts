import { checkSize, Damage } from './image-refusals.ts';
import type { Picture } from './picture.ts';

/**
 * Decodes a Windows or OS/2 bitmap: 1, 4, 8, 16, 24 and 32 bits, palettes, bit fields with or without alpha (flattened on black),
 * RLE4 and RLE8, bottom-up and top-down, every header from 12 to 124 bytes. libvips as built into sharp reads none of these.
 * Source: Microsoft, "Bitmap Storage" and BITMAPV5HEADER; OS/2 headers as in Murray and van Ryper, Encyclopedia of Graphics File
 * Formats, 2nd ed.
 * @throws Damage what is wrong with the file; FalxError `too-large` before memory is allocated.
 */
export function decodeBmp(input: Buffer, name: string): Picture {
  const header = readHeader(input);
  checkSize(name, header.width, header.height, 3);
  const pixels = Buffer.alloc(header.width * header.height * 3);
  if (header.compression === RLE8 || header.compression === RLE4) decodeRuns(input, header, pixels);
  else if (header.bits <= 8) decodeIndices(input, header, pixels);
  else decodeFields(input, header, pixels);
  return { width: header.width, height: header.height, pixels };
}

const PLAIN = 0;
const RLE8 = 1;
const RLE4 = 2;
const BIT_FIELDS = 3;
const EMBEDDED_JPEG = 4;
const EMBEDDED_PNG = 5;
const ALPHA_BIT_FIELDS = 6;

interface Header {
  width: number;
  height: number;
  topDown: boolean;
  bits: number;
  compression: number;
  /** Offset of the pixels, bytes from the file's start. */
  offset: number;
  /** Bit masks of a 16-, 24- or 32-bit pixel: red, green, blue, alpha; 0 if there is none. */
  masks: [number, number, number, number];
  /** RGB, three bytes per entry; empty without a palette. */
  palette: Uint8Array;
}

function readHeader(input: Buffer): Header {
  if (input.length < 26) throw new Damage('faultEndsInHeader', {});
  const size = input.readUInt32LE(14);
  if (![12, 16, 40, 52, 56, 64, 108, 124].includes(size))
    throw new Damage('faultHeadLength', { length: size });
  if (input.length < 14 + size) throw new Damage('faultEndsInHeader', {});

  const old = size === 12; // OS/2 1.x: 16-bit sizes, no compression
  const width = old ? input.readUInt16LE(18) : input.readInt32LE(18);
  const signedHeight = old ? input.readUInt16LE(20) : input.readInt32LE(22);
  const bits = input.readUInt16LE(old ? 24 : 28);
  const compression = size >= 40 ? input.readUInt32LE(30) : PLAIN;
  const offset = input.readUInt32LE(10);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw new Damage('faultHeadPixels', { width, height: signedHeight });
  checkKind(bits, compression, size === 64);

  const masked = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
  const paletteStart = 14 + size + (size === 40 && masked ? (compression === BIT_FIELDS ? 12 : 16) : 0);
  if (offset < paletteStart || offset >= input.length) throw new Damage('faultPixelsOutside', {});
  const colours = bits <= 8 ? paletteLength(input, size, bits) : 0;
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    compression,
    offset,
    masks: masked ? readMasks(input, size, compression, paletteStart) : plainMasks(bits),
    palette: readPalette(input.subarray(paletteStart, offset), colours, size === 12 ? 3 : 4),
  };
}

function checkKind(bits: number, compression: number, os2: boolean): void {
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Damage('faultBitmapBits', { bits });
  if (compression === EMBEDDED_JPEG || compression === EMBEDDED_PNG) {
    throw new Damage('faultBitmapKind', {});
  }
  const fits =
    compression === PLAIN ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    ((compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS) &&
      (bits === 16 || bits === 32) &&
      !os2);
  if (!fits) throw new Damage('faultBitmapCompression', { compression, bits });
}

function readMasks(input: Buffer, size: number, compression: number, end: number): Header['masks'] {
  // After a 40-byte header, or inside a longer one: at 54 either way.
  const alpha = size >= 56 || compression === ALPHA_BIT_FIELDS;
  if (input.length < end || input.length < (alpha ? 70 : 66)) throw new Damage('faultEndsInHeader', {});
  const mask = (index: number) => input.readUInt32LE(54 + 4 * index);
  return [mask(0), mask(1), mask(2), alpha ? mask(3) : 0];
}

/** The layout without bit fields: 5-5-5 in 16, 8-8-8 in 24 and 32 bits (the fourth byte is padding). */
function plainMasks(bits: number): Header['masks'] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

function paletteLength(input: Buffer, size: number, bits: number): number {
  return (size >= 40 ? input.readUInt32LE(46) : 0) || 2 ** bits;
}

/** @param bytes everything between header and pixels; a short palette without a stated length ends with them. */
function readPalette(bytes: Buffer, colours: number, entry: number): Uint8Array {
  if (colours > 256 && colours * entry > bytes.length) throw new Damage('faultPaletteSize', { colours });
  const palette = new Uint8Array(Math.min(colours, Math.floor(bytes.length / entry), 256) * 3);
  for (let index = 0; index * 3 < palette.length; index += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      palette[index * 3 + channel] = bytes[index * entry + 2 - channel]!; // stored blue, green, red
    }
  }
  return palette;
}

/** Bytes of a stored row, padded to 4; throws unless all rows are there. */
function rowBytes(input: Buffer, { width, height, bits, offset }: Header): number {
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The last row's padding may be missing.
  const missing = offset + stride * (height - 1) + Math.ceil((width * bits) / 8) - input.length;
  if (missing > 0) throw new Damage('faultCutShort', { missing });
  return stride;
}

function decodeIndices(input: Buffer, header: Header, pixels: Buffer): void {
  const stride = rowBytes(input, header);
  const { width, height, bits, palette } = header;
  const last = 2 ** bits - 1;
  for (let row = 0; row < height; row += 1) {
    const from = header.offset + stride * row;
    let to = outputRow(header, row) * width * 3;
    for (let column = 0; column < width; column += 1, to += 3) {
      const bit = column * bits;
      const index = (input[from + (bit >> 3)]! >> (8 - bits - (bit & 7))) & last;
      paint(pixels, to, palette, index);
    }
  }
}

function decodeFields(input: Buffer, header: Header, pixels: Buffer): void {
  const stride = rowBytes(input, header);
  const { width, height, bits } = header;
  const bytes = bits / 8;
  const scales = header.masks.map(levels);
  const opaque = isOpaque(input, header, stride);
  for (let row = 0; row < height; row += 1) {
    let from = header.offset + stride * row;
    let to = outputRow(header, row) * width * 3;
    for (let column = 0; column < width; column += 1, from += bytes, to += 3) {
      const value = input.readUIntLE(from, bytes);
      const alpha = opaque ? 255 : scales[3]!(value);
      for (let channel = 0; channel < 3; channel += 1) {
        pixels[to + channel] = Math.round((scales[channel]!(value) * alpha) / 255);
      }
    }
  }
}

/** Returns a function for one field of a pixel, scaled to 0…255. */
function levels(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask); // trailing zeros
  const largest = mask >>> shift;
  return (value) => (((value & mask) >>> shift) * 255) / largest;
}

/** Without an alpha field; or with one that is 0 everywhere, as programs write that leave it unset. */
function isOpaque(input: Buffer, { width, height, bits, offset, masks }: Header, stride: number): boolean {
  if (masks[3] === 0) return true;
  const bytes = bits / 8;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      if ((input.readUIntLE(offset + stride * row + column * bytes, bytes) & masks[3]) !== 0) return false;
    }
  }
  return true;
}

/**
 * Runs of a colour (count, index), and after a 0: 0 ends the row, 1 the picture, 2 skips right and up by the next two bytes, a
 * larger number is that of literal indices that follow, padded to 2 bytes. Skipped pixels keep colour 0. A run past its row's end
 * is truncated.
 */
function decodeRuns(input: Buffer, header: Header, pixels: Buffer): void {
  const { width, height, bits, palette } = header;
  for (let to = 0; to < pixels.length; to += 3) paint(pixels, to, palette, 0);
  const next = () => {
    if (at >= input.length) throw new Damage('faultCutInRow', { row: row + 1, height });
    return input[at++]!;
  };
  const put = (index: number) => {
    if (column < width && row < height)
      paint(pixels, (outputRow(header, row) * width + column) * 3, palette, index);
    column += 1;
  };
  let at = header.offset;
  let row = 0;
  let column = 0;
  while (row < height) {
    const count = next();
    const code = next();
    if (count > 0) {
      for (let index = 0; index < count; index += 1) put(bits === 8 ? code : nibble(code, index));
    } else if (code === 0) {
      row += 1;
      column = 0;
    } else if (code === 1) {
      return;
    } else if (code === 2) {
      column += next();
      row += next();
    } else {
      let byte = 0;
      for (let index = 0; index < code; index += 1) {
        if (bits === 8 || index % 2 === 0) byte = next();
        put(bits === 8 ? byte : nibble(byte, index));
      }
      const stored = bits === 8 ? code : Math.ceil(code / 2);
      if (stored % 2 === 1) at += 1;
    }
  }
}

const nibble = (byte: number, index: number): number => (index % 2 === 0 ? byte >> 4 : byte & 15);

const outputRow = ({ topDown, height }: Header, row: number): number => (topDown ? row : height - 1 - row);

/** An index beyond the palette is black. */
function paint(pixels: Buffer, to: number, palette: Uint8Array, index: number): void {
  pixels[to] = palette[index * 3] ?? 0;
  pixels[to + 1] = palette[index * 3 + 1] ?? 0;
  pixels[to + 2] = palette[index * 3 + 2] ?? 0;
}
