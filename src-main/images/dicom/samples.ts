import type { ImagePixel } from './image-pixel.ts';

export type Samples =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/**
 * Little-endian bytes as numbers, by bits allocated, sign and kind. Not copied, except 64-bit integers: these become float64,
 * beyond 2^53 the nearest one.
 */
export function container(
  { buffer, byteOffset, byteLength }: Uint8Array,
  { bitsAllocated, bitsStored, signed, kind }: Stored,
): Samples {
  if (kind === 'integer' && bitsAllocated === 64) {
    const written = new BigInt64Array(buffer as ArrayBuffer, byteOffset, byteLength / 8);
    const own = signed ? BigInt.asIntN : BigInt.asUintN;
    return Float64Array.from(written, (value) => Number(own(bitsStored, value)));
  }
  const Kind = kindOf(kind, bitsAllocated, signed);
  return new Kind(buffer as ArrayBuffer, byteOffset, byteLength / Kind.BYTES_PER_ELEMENT);
}

type Stored = Pick<ImagePixel, 'bitsAllocated' | 'bitsStored' | 'signed' | 'kind'>;

/** The typed array for such numbers. */
export function kindOf(kind: ImagePixel['kind'], bits: number, signed: boolean) {
  if (kind === 'float') return Float32Array;
  if (kind === 'double' || bits > 32) return Float64Array;
  if (bits <= 8) return signed && bits > 1 ? Int8Array : Uint8Array;
  if (bits <= 16) return signed ? Int16Array : Uint16Array;
  return signed ? Int32Array : Uint32Array;
}

/** Three planes → samples of a pixel side by side. */
export function interleaved<T extends Samples>(planes: T, pixels: number): T {
  const values = planes.slice() as T;
  for (let sample = 0; sample < 3; sample += 1)
    for (let index = 0; index < pixels; index += 1)
      values[index * 3 + sample] = planes[sample * pixels + index]!;
  return values;
}

/** Clears the bits above the lowest `bits`, or fills them with the sign, in place: their content is undefined (PS3.5, 8.1.1). */
export function withoutUnusedBits(values: Samples, bits: number): Samples {
  const shift = values.BYTES_PER_ELEMENT * 8 - bits;
  if (shift <= 0 || values instanceof Float32Array || values instanceof Float64Array) return values;
  const signed = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  const high = 32 - bits;
  if (signed)
    for (let index = 0; index < values.length; index += 1) values[index] = (values[index]! << high) >> high;
  else
    for (let index = 0; index < values.length; index += 1) values[index] = (values[index]! << high) >>> high;
  return values;
}
