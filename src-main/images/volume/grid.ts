import type { VolumeFormat } from '../../contract/formats.ts';
import type { Facts } from '../facts.ts';

/** x, y, z in millimetres (RAS+: to the patient's right, front, top) from voxel indices: three rows of four numbers. */
export type Affine = [Row, Row, Row];
type Row = [number, number, number, number];

export type Voxels =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export type Triple = [number, number, number];

/** Voxels as stored in a file, first axis fastest. A voxel's value is `slope` × stored + `inter`. */
export interface Grid {
  format: VolumeFormat | 'dicom';
  size: Triple;
  affine: Affine;
  data: Voxels;
  /** Numbers per voxel: 1, or 3 for colour (uint8 RGB). */
  channels: 1 | 3;
  slope: number;
  inter: number;
  /** Header values that identify no one. */
  facts: Facts;
}
