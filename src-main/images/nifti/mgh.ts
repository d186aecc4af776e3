import { Damage } from '../image-refusals.ts';
import type { Affine, Triple } from '../volume/grid.ts';
import { datatypes } from './datatypes.ts';
import type { Header } from './header.ts';

/** FreeSurfer's type codes → NIfTI's. */
const codes: Partial<Record<number, number>> = { 0: 2, 1: 8, 3: 16, 4: 4, 10: 512 };
const MGH_BYTES = 284;
const LARGEST_SIDE = 4096;

/** Whether FreeSurfer's MGH header begins here. It has no magic: all its fields must be plausible. */
export function isMgh(start: Uint8Array): boolean {
  if (start.length < MGH_BYTES) return false;
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const sizes = [4, 8, 12, 16].map((at) => view.getInt32(at));
  return (
    view.getInt32(0) === 1 &&
    sizes.every((length) => length >= 1 && length <= LARGEST_SIDE) &&
    codes[view.getInt32(20)] !== undefined &&
    [0, 1].includes(view.getInt16(28))
  );
}

/**
 * The header of a volume as FreeSurfer writes it (.mgh, packed .mgz), read as in nibabel. Source: FreeSurfer wiki,
 * "FsTutorial/MghFormat". @param start at least 284 bytes of a file that `isMgh`.
 */
export function readMghHeader(start: Uint8Array): Header {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const size = [4, 8, 12].map((at) => view.getInt32(at)) as Triple;
  const oriented = view.getInt16(28) === 1;
  const floats = (at: number, count: number) =>
    Array.from({ length: count }, (_, index) => view.getFloat32(at + 4 * index));
  const delta = oriented ? floats(30, 3) : [1, 1, 1];
  // Directions of the stored axes, one after the other; coronal slices if the file has none.
  const directions = oriented ? floats(42, 9) : [-1, 0, 0, 0, 0, -1, 0, 1, 0];
  const centre = oriented ? floats(78, 3) : [0, 0, 0];
  const affine = [0, 1, 2].map((row) => {
    // In float32, as nibabel multiplies them.
    const columns = delta.map((length, axis) => Math.fround(directions[3 * axis + row]! * length));
    const middle = columns.reduce((sum, column, axis) => sum + column * size[axis]!, 0) / 2;
    return [...columns, centre[row]! - middle];
  }) as Affine;
  if (!affine.flat().every(Number.isFinite)) throw new Damage('faultOrientationNumbers', {});
  return {
    format: 'mgh',
    littleEndian: false,
    pair: false,
    size,
    volumes: view.getInt32(16),
    datatype: datatypes[codes[view.getInt32(20)]!]!,
    offset: MGH_BYTES,
    slope: 1,
    inter: 0,
    affine,
    orientedBy: oriented ? 'header' : 'none',
  };
}
