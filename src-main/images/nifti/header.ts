import type { VolumeFormat } from '../../contract/formats.ts';
import { Damage } from '../image-refusals.ts';
import type { Affine, Triple } from '../volume/grid.ts';
import { datatypes, type Datatype } from './datatypes.ts';

/** What Falx needs of a volume's header. Its free-text fields are not read. */
export interface Header {
  format: VolumeFormat;
  littleEndian: boolean;
  /** Voxels in a file of their own, `.img` beside `.hdr`. */
  pair: boolean;
  size: Triple;
  /** Number of volumes of that size: the product of the further dimensions. */
  volumes: number;
  datatype: Datatype;
  /** Offset of the first voxel, bytes from the file's start. */
  offset: number;
  slope: number;
  inter: number;
  affine: Affine;
  /** Source of the affine; `none`: the header has no orientation, and LAS is assumed, as in NIfTI's predecessor. */
  orientedBy: 'sform' | 'qform' | 'header' | 'none';
}

/** Bytes needed to recognise and read a header. */
export const HEADER_BYTES = 540;

/**
 * The version whose header begins here, by its magic; null if it is none. The size at the start of a NIfTI-1 header is ignored, as
 * in nibabel: some writers leave it out.
 */
export function niftiVersion(start: Uint8Array): 1 | 2 | null {
  const { buffer, byteOffset, length } = start;
  const view = new DataView(buffer, byteOffset, length);
  const text = (at: number, bytes: number) => Buffer.from(buffer, byteOffset + at, bytes).toString('latin1');
  if (length >= 348 && /^n[i+]1\0$/.test(text(344, 4))) return 1;
  const hasSize = length >= 540 && [view.getInt32(0, true), view.getInt32(0, false)].includes(540);
  return hasSize && /^n[i+]2\0$/.test(text(4, 4)) ? 2 : null;
}

/** The byte order in which its size is right, otherwise that in which its number of dimensions makes sense. */
function isLittleEndian(view: DataView, size: number): boolean {
  if (view.getInt32(0, true) === size) return true;
  return view.getInt32(0, false) !== size && isCount(view.getInt16(40, true));
}

const isCount = (dimensions: number) => Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= 7;

/**
 * Reads a header as nibabel does: the sform if it has a code, otherwise the qform, otherwise none. Source: NIfTI-1 (nifti1.h, 2007)
 * and NIfTI-2 (nifti2.h, 2011).
 * @param start at least the first 540 bytes of the file, or all of it.
 * @throws Damage what is wrong with it.
 */
export function readHeader(start: Uint8Array): Header {
  const version = niftiVersion(start);
  if (!version) throw new Damage('faultNoNiftiHeader', {});
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const littleEndian = isLittleEndian(view, version === 1 ? 348 : 540);
  const field = fieldsOf(view, version, littleEndian);

  const dim = field.dim();
  const dimensions = dim[0]!;
  if (!isCount(dimensions)) throw new Damage('faultDimensions', { dimensions });
  const size = [1, 2, 3].map((axis) => (axis <= dimensions ? dim[axis]! : 1)) as Triple;
  const further = dim.slice(4, dimensions + 1);
  if (![...size, ...further].every((length) => Number.isSafeInteger(length) && length >= 1))
    throw new Damage('faultHeadSize', { size: dim.slice(1, dimensions + 1).join(' × ') });

  const code = field.datatype();
  const datatype = datatypes[code];
  if (!datatype) throw new Damage('faultNoDatatype', { datatype: code });
  if (!datatype.read) throw new Damage('faultDatatype', { name: datatype.name });

  const pair = start[version === 1 ? 345 : 5] === 'i'.charCodeAt(0);
  const least = pair ? 0 : version === 1 ? 352 : 544;
  const stated = field.offset();
  const offset = stated === 0 ? least : stated;
  if (!Number.isSafeInteger(offset) || offset < least || offset > MAX_OFFSET)
    throw new Damage('faultVoxelsAt', { at: stated });

  const [slope, inter] = [field.slope(), field.inter()];
  const scaled = slope !== 0 && Number.isFinite(slope);
  if (scaled && !Number.isFinite(inter)) throw new Damage('faultIntensities', { at: inter });
  return {
    format: 'nifti',
    littleEndian,
    pair,
    size,
    volumes: further.reduce((product, length) => product * length, 1),
    datatype,
    offset,
    slope: scaled ? slope : 1,
    inter: scaled ? inter : 0,
    ...affineOf(field, size),
  };
}

/** Extensions precede the voxels; more than this is a mistake or a bomb. */
const MAX_OFFSET = 64 * 2 ** 20;

type Fields = ReturnType<typeof fieldsOf>;

/** The fields by their names in nifti1.h; their offsets and widths differ between the versions. */
function fieldsOf(view: DataView, version: 1 | 2, little: boolean) {
  const one = version === 1;
  const float = (at: number) => (one ? view.getFloat32(at, little) : view.getFloat64(at, little));
  const floats = (at: number, count: number) =>
    Array.from({ length: count }, (_, index) => float(at + index * (one ? 4 : 8)));
  const code = (at: number) => (one ? view.getInt16(at, little) : view.getInt32(at, little));
  const long = (at: number) => Number(view.getBigInt64(at, little));
  return {
    /** Three times the machine epsilon, as in nibabel. */
    rounding: 3 * 2 ** (one ? -23 : -52),
    dim: () =>
      Array.from({ length: 8 }, (_, index) =>
        one ? view.getInt16(40 + 2 * index, little) : long(16 + 8 * index),
      ),
    datatype: () => view.getInt16(one ? 70 : 12, little),
    pixdim: () => floats(one ? 76 : 104, 8),
    offset: () => (one ? view.getFloat32(108, little) : long(168)),
    slope: () => float(one ? 112 : 176),
    inter: () => float(one ? 116 : 184),
    qformCode: () => code(one ? 252 : 344),
    sformCode: () => code(one ? 254 : 348),
    quaternion: () => floats(one ? 256 : 352, 3) as Triple,
    qoffset: () => floats(one ? 268 : 376, 3) as Triple,
    srows: () => [0, 1, 2].map((row) => floats(one ? 280 + 16 * row : 400 + 32 * row, 4)) as Affine,
  };
}

function affineOf(field: Fields, size: Triple): Pick<Header, 'affine' | 'orientedBy'> {
  const pixdim = field.pixdim();
  const zooms = pixdim.slice(1, 4).map((zoom) => Math.abs(zoom) || 1) as Triple;
  let found: Pick<Header, 'affine' | 'orientedBy'>;
  if (field.sformCode() > 0) found = { affine: field.srows(), orientedBy: 'sform' };
  else if (field.qformCode() > 0) {
    const [x, y, z] = zooms;
    const scales: Triple = [x, y, pixdim[0] === -1 ? -z : z];
    const offset = field.qoffset();
    const affine = rotationOf(field.quaternion(), field.rounding).map((row, r) => [
      ...row.map((value, c) => value * scales[c]!),
      offset[r]!,
    ]) as Affine;
    found = { affine, orientedBy: 'qform' };
  } else {
    const [x, y, z] = zooms;
    const scales = [-x, y, z];
    const affine = scales.map((scale, row) => {
      const line = [0, 0, 0, (-scale * (size[row]! - 1)) / 2];
      line[row] = scale;
      return line;
    }) as Affine;
    found = { affine, orientedBy: 'none' };
  }
  if (!found.affine.flat().every(Number.isFinite)) throw new Damage('faultOrientationNumbers', {});
  return found;
}

/** From the unit quaternion a + bi + cj + dk with a ≥ 0, given by b, c and d, with rounding errors. */
function rotationOf([b, c, d]: Triple, rounding: number): [Triple, Triple, Triple] {
  const rest = 1 - (b * b + c * c + d * d);
  if (rest <= -rounding) throw new Damage('faultOrientationRotation', {});
  const a = Math.abs(rest) < rounding ? 0 : Math.sqrt(rest);
  const s = 2 / (a * a + b * b + c * c + d * d);
  return [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
}
