import { gzipSync } from 'node:zlib';

export interface Made {
  size?: number[];
  /** NIfTI's code, and what it stores. */
  datatype?: number;
  bits?: number;
  data?: Buffer;
  /** Rows of the sform. */
  affine?: number[][];
  offset?: number;
  slope?: number;
  pair?: boolean;
  description?: string;
  dimensions?: number;
}

/** Steps of one millimetre along the patient's axes. */
export const plainAffine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];

/**
 * A NIfTI-1 file, little endian; by default of uint8 values that increase along each slice, with equal slices in a volume.
 */
export function niftiFile(made: Made = {}): Buffer {
  const { size = [4, 5, 6], datatype = 2, bits = 8, affine = plainAffine, pair = false } = made;
  const count = size.reduce((product, length) => product * length, 1);
  const inSlice = size[0]! * size[1]!;
  const value = (index: number) =>
    Math.floor(((index % inSlice) * 240) / inSlice) + Math.floor(index / (inSlice * (size[2] ?? 1)));
  const data =
    made.data ?? Buffer.from(Array.from({ length: (count * bits) / 8 }, (_, index) => value(index)));
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [made.dimensions ?? size.length, ...size].forEach((length, index) =>
    header.writeInt16LE(length, 40 + 2 * index),
  );
  header.writeInt16LE(datatype, 70);
  header.writeInt16LE(bits, 72);
  [1, 1, 1, 1].forEach((zoom, index) => header.writeFloatLE(zoom, 76 + 4 * index));
  header.writeFloatLE(made.offset ?? (pair ? 0 : 352), 108);
  header.writeFloatLE(made.slope ?? 0, 112);
  header.write(made.description ?? '', 148, 'latin1');
  header.writeInt16LE(1, 254);
  affine.flat().forEach((value, index) => header.writeFloatLE(value, 280 + 4 * index));
  header.write(pair ? 'ni1\0' : 'n+1\0', 344, 'latin1');
  return pair ? header : Buffer.concat([header, data]);
}

/** Compressed, and followed by this many megabytes of zeros. */
export const bomb = (made: Made, megabytes: number): Buffer =>
  gzipSync(Buffer.concat([niftiFile(made), Buffer.alloc(megabytes * 2 ** 20)]));
