import { Damage } from '../image-refusals.ts';

/**
 * Decodes a frame of RLE Lossless (PS3.5, annex G): one segment for each byte of each sample, the highest byte first.
 * @param pixels of the frame. @param bytes of a sample.
 * @returns little endian, samples of a pixel side by side: [pixels, samples, bytes].
 * @throws Damage
 */
export function decodeRle(input: Buffer, pixels: number, samples: number, bytes: number): Uint8Array {
  if (input.length < HEADER) throw new Damage('faultCompressedHeader', { as: 'RLE' });
  const segments = input.readUInt32LE(0);
  if (segments !== samples * bytes)
    throw new Damage('faultRleSegments', { there: segments, needed: samples * bytes });
  const offsets = Array.from({ length: segments }, (_, index) => input.readUInt32LE(4 + index * 4));
  const output = new Uint8Array(pixels * samples * bytes);
  offsets.forEach((start, segment) => {
    const end = offsets[segment + 1] ?? input.length;
    const from = Math.floor(segment / bytes) * bytes + (bytes - 1 - (segment % bytes));
    const written = unpack(input, start, Math.min(end, input.length), output, from, samples * bytes);
    if (written < pixels)
      throw new Damage('faultRleShort', { segment: segment + 1, there: written, needed: pixels });
  });
  return output;
}

const HEADER = 64;

/** PackBits into every `step`th byte of the output. @returns the number of bytes, at most as many as fit. */
function unpack(
  input: Buffer,
  start: number,
  end: number,
  output: Uint8Array,
  from: number,
  step: number,
): number {
  let to = from;
  let at = start;
  while (at + 1 < end && to < output.length) {
    const code = input[at]!;
    at += 1;
    if (code < 128) {
      const stop = Math.min(at + code + 1, end);
      for (; at < stop && to < output.length; at += 1, to += step) output[to] = input[at]!;
    } else if (code > 128) {
      const value = input[at]!;
      at += 1;
      for (let left = 257 - code; left > 0 && to < output.length; left -= 1, to += step) output[to] = value;
    }
  }
  return Math.floor((to - from) / step);
}
