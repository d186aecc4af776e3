import { crc32 } from 'node:zlib';

/**
 * Whether a PNG file is truncated, or a chunk's checksum does not match (PNG specification, 5.3 and 5.5). What follows its end is
 * ignored.
 */
export function isBrokenPng(input: Buffer): boolean {
  for (let at = 8; at + 12 <= input.length;) {
    const end = at + 8 + input.readUInt32BE(at);
    if (end + 4 > input.length || crc32(input.subarray(at + 4, end)) !== input.readUInt32BE(end)) return true;
    if (input.toString('latin1', at + 4, at + 8) === 'IEND') return false;
    at = end + 4;
  }
  return true;
}
