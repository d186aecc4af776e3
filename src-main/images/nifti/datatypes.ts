import type { Voxels } from '../volume/grid.ts';

export interface Datatype {
  name: string;
  /** Per voxel. */
  bytes: number;
  /** 3 for colour. */
  channels: 1 | 3;
  /** Takes bytes in this machine's order; null for types that make no picture. */
  read: ((bytes: Buffer) => Voxels) | null;
  /** Bytes of one number, which are swapped in files of the other byte order. */
  unit: number;
}

/** Numbers of 64 bits beyond 2^53 are rounded to the nearest float64, as NumPy does. */
const fromBig = (values: BigInt64Array | BigUint64Array) => Float64Array.from(values, Number);

const plain = (name: string, bytes: number, read: (part: Part) => Voxels): Datatype => ({
  name,
  bytes,
  channels: 1,
  unit: bytes,
  read: ({ buffer, byteOffset, length }) => read([buffer as ArrayBuffer, byteOffset, length / bytes]),
});
type Part = [ArrayBuffer, number, number];

const refused = (name: string, bytes: number): Datatype => ({
  name,
  bytes,
  channels: 1,
  unit: 1,
  read: null,
});

/** By NIfTI's codes. */
export const datatypes: Partial<Record<number, Datatype>> = {
  1: refused('single bits', 1),
  2: plain('uint8', 1, (part) => new Uint8Array(...part)),
  4: plain('int16', 2, (part) => new Int16Array(...part)),
  8: plain('int32', 4, (part) => new Int32Array(...part)),
  16: plain('float32', 4, (part) => new Float32Array(...part)),
  32: refused('complex numbers (complex64)', 8),
  64: plain('float64', 8, (part) => new Float64Array(...part)),
  128: {
    name: 'RGB24',
    bytes: 3,
    channels: 3,
    unit: 1,
    read: (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  },
  256: plain('int8', 1, (part) => new Int8Array(...part)),
  512: plain('uint16', 2, (part) => new Uint16Array(...part)),
  768: plain('uint32', 4, (part) => new Uint32Array(...part)),
  1024: plain('int64', 8, (part) => fromBig(new BigInt64Array(...part))),
  1280: plain('uint64', 8, (part) => fromBig(new BigUint64Array(...part))),
  1536: refused('numbers of 128 bits (float128)', 16),
  1792: refused('complex numbers (complex128)', 16),
  2048: refused('complex numbers (complex256)', 32),
  2304: { name: 'RGBA32', bytes: 4, channels: 3, unit: 1, read: withoutAlpha },
};

/** Only the colour: transparent voxels have a colour as well, and there is nothing behind a voxel. */
function withoutAlpha(bytes: Buffer): Uint8Array {
  const colours = new Uint8Array((bytes.length / 4) * 3);
  for (let from = 0, to = 0; from < bytes.length; from += 4, to += 3)
    colours.set(bytes.subarray(from, from + 3), to);
  return colours;
}

/** Swaps the bytes of each number in place. */
export function swapBytes(bytes: Buffer, unit: number): void {
  if (unit === 2) bytes.swap16();
  else if (unit === 4) bytes.swap32();
  else if (unit === 8) bytes.swap64();
}
