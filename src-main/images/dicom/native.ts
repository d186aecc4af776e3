import { Damage } from '../image-refusals.ts';
import type { ImagePixel } from './image-pixel.ts';
import { container, interleaved, type Samples } from './samples.ts';

/** Bits of a frame stored without compression; in YBR_FULL_422 two pixels share chrominance. */
function frameBits({ rows, columns, samples, bitsAllocated, photometric }: ImagePixel): number {
  const bits = rows * columns * samples * bitsAllocated;
  return photometric === 'YBR_FULL_422' ? (bits / 3) * 2 : bits;
}

/** Checks that there are as many bytes as all frames need. @throws Damage */
export function checkLength(image: ImagePixel): void {
  const needed = Math.ceil((frameBits(image) * image.frames) / 8);
  const there = image.data.value.length;
  const { rows, columns, frames, samples, bitsAllocated } = image;
  if (there < needed)
    throw new Damage('faultPixelsShort', {
      frames,
      rows,
      columns,
      samples,
      bits: bitsAllocated,
      needed,
      there,
    });
  // Then the chrominance is not shared, contrary to what it says: the layout is ambiguous.
  if (image.photometric === 'YBR_FULL_422' && there >= (needed / 2) * 3)
    throw new Damage('faultChrominance', { needed, there });
}

/** A frame (from 0) stored without compression. @param bytes all frames'. */
export function nativeFrame(image: ImagePixel, bytes: Buffer, frame: number): Samples {
  const { rows, columns, samples, bitsAllocated } = image;
  const pixels = rows * columns;
  const needed = Math.ceil(((frame + 1) * frameBits(image)) / 8);
  if (bytes.length < needed)
    throw new Damage('faultFrameShort', { frame: frame + 1, needed, there: bytes.length });
  if (bitsAllocated === 1) {
    const bits = unpackedBits(bytes, frame * pixels * samples, pixels * samples);
    return image.planar ? interleaved(bits, pixels) : bits;
  }
  const size = frameBits(image) / 8;
  const { littleEndian } = image.data.encoding;
  const own = littleEndian ? copy(bytes, frame * size, size) : swapped(image, bytes, frame * size, size);
  const values = container(own, image);
  if (image.photometric === 'YBR_FULL_422') return unshared(values);
  return image.planar ? interleaved(values, pixels) : values;
}

function copy(bytes: Buffer, from: number, size: number): Uint8Array {
  const own = new Uint8Array(size);
  own.set(bytes.subarray(from, from + size));
  return own;
}

/** In little-endian order. Bytes of 8-bit samples are in 16-bit words if the element's VR is OW. */
function swapped({ bitsAllocated, data }: ImagePixel, bytes: Buffer, from: number, size: number): Uint8Array {
  if (bitsAllocated === 8) {
    if (data.vr !== 'OW') return copy(bytes, from, size);
    const own = new Uint8Array(size);
    for (let at = 0; at < size; at += 1) own[at] = bytes[(from + at) ^ 1] ?? 0;
    return own;
  }
  const own = copy(bytes, from, size);
  const buffer = Buffer.from(own.buffer);
  if (bitsAllocated === 16) buffer.swap16();
  else if (bitsAllocated === 32) buffer.swap32();
  else buffer.swap64();
  return own;
}

/** One bit per sample, the lowest bit of a byte first; frames follow each other without padding. */
function unpackedBits(bytes: Buffer, from: number, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const bit = from + index;
    values[index] = (bytes[Math.floor(bit / 8)]! >> (bit % 8)) & 1;
  }
  return values;
}

/** Y1 Y2 B R → Y1 B R Y2 B R (PS3.3, C.7.6.3.1.2). */
function unshared(pairs: Samples): Samples {
  const values = new (pairs.constructor as new (length: number) => Samples)((pairs.length / 2) * 3);
  for (let from = 0, to = 0; from + 3 < pairs.length; from += 4, to += 6) {
    values[to] = pairs[from]!;
    values[to + 3] = pairs[from + 1]!;
    values[to + 1] = values[to + 4] = pairs[from + 2]!;
    values[to + 2] = values[to + 5] = pairs[from + 3]!;
  }
  return values;
}
