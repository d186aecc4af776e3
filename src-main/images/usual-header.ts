import type { FormatName } from '../contract/formats.ts';

/** What must be known before decoding, in sharp's terms. */
export interface Header {
  width: number;
  height: number;
  channels: number;
  space: string;
  depth: string;
  /** Neither opacity nor an orientation: pixels need only decoding. */
  plain?: boolean;
}

/**
 * The header of the most common files, JPEG of 8 bits in grey or colour and PNG of up to 8 bits per channel, read here because
 * sharp takes a sixth of the time of decoding a small picture for it.
 * @returns null for all others, damaged headers included.
 */
export function usualHeader(input: Buffer, format: FormatName): Header | null {
  if (format === 'jpeg') return jpegHeader(input);
  return format === 'png' ? pngHeader(input) : null;
}

/** Channels by PNG's colour type (PNG specification, 11.2.1); a palette has colours and possibly opacity. */
const channelsOf: Partial<Record<number, number>> = { 0: 1, 2: 3, 3: 4, 4: 2, 6: 4 };

function pngHeader(input: Buffer): Header | null {
  if (input.length < 33 || input.toString('latin1', 12, 16) !== 'IHDR') return null;
  const [width, height] = [input.readUInt32BE(16), input.readUInt32BE(20)];
  const channels = channelsOf[input[25]!];
  if (input[24]! > 8 || channels === undefined) return null;
  return header(width, height, channels, !withOpacity.has(input[25]!) && isPlainPng(input));
}

/** Colour types with an alpha channel. */
const withOpacity = new Set([4, 6]);

/** Chunks of PNG without effect on opacity (tRNS) or orientation (eXIf, or a text containing it). */
const harmless = new Set('IHDR PLTE IDAT IEND sRGB gAMA cHRM iCCP sBIT bKGD hIST pHYs sPLT tIME'.split(' '));

function isPlainPng(input: Buffer): boolean {
  for (let at = 8; at + 12 <= input.length; at += 12 + input.readUInt32BE(at)) {
    const name = input.toString('latin1', at + 4, at + 8);
    if (name === 'IEND') return true;
    if (!harmless.has(name)) return false;
  }
  return false;
}

/** Baseline, extended and progressive frames (ITU-T T.81, B.2.2), among the segments before the scan. */
function jpegHeader(input: Buffer): Header | null {
  let at = 2;
  let found: Header | null = null;
  let plain = true;
  while (at + 10 <= input.length && input[at] === 0xff) {
    const code = input[at + 1]!;
    if (code === 0xda) return found && { ...found, plain };
    // EXIF, or XMP.
    if (code === 0xe1) plain = false;
    if (code >= 0xc0 && code <= 0xc2) {
      const channels = input[at + 9]!;
      if (input[at + 4] !== 8 || (channels !== 1 && channels !== 3)) return null;
      found ??= header(input.readUInt16BE(at + 7), input.readUInt16BE(at + 5), channels, false);
      if (!found) return null;
    }
    if (code < 0xc0) return found;
    at += 2 + input.readUInt16BE(at + 2);
  }
  return found;
}

const header = (width: number, height: number, channels: number, plain: boolean): Header | null =>
  width > 0 && height > 0 ? { width, height, channels, space: 'srgb', depth: 'uchar', plain } : null;
