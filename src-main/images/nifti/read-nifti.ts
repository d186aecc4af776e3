import { Damage } from '../image-refusals.ts';
import { checkVolume } from '../volume/limits.ts';
import { axisCodes, orientationOf, voxelLength } from '../volume/orientation.ts';
import type { Grid } from '../volume/grid.ts';
import { swapBytes } from './datatypes.ts';
import { HEADER_BYTES, readHeader, type Header } from './header.ts';
import { headerOf } from './readers.ts';
import { readPart } from './stream.ts';
import { unpacked, type ByteStream } from './unpack-stream.ts';

/** Least offset of voxels that follow a header. */
const LEAST_OFFSET = 348;

/**
 * Reads one volume of a NIfTI or MGH file; a packed one is unpacked no further than that volume's end, so that a file can't take
 * more memory than its header states.
 * Own code: nifti-reader-js (0.8) unpacks whole files whatever their size, prefers the qform where nibabel and NIfTI's own tools
 * prefer the sform, does not support the qform of NIfTI-2, and reads no voxels.
 * @param name used in errors. @param voxels the `.img` of a pair. @param volume of a 4-D file, from 0.
 * @throws Damage what is wrong with it; FalxError `too-large`.
 */
export async function readNifti(
  name: string,
  file: ByteStream,
  voxels: ByteStream | null = null,
  volume = 0,
): Promise<Grid> {
  if (!voxels) {
    let header: Header | undefined;
    const data = await readPart(unpacked(file), HEADER_BYTES, (start) => {
      header = headerOf(start);
      // Some writers declare half of a pair and write the voxels after its header all the same.
      if (header.pair && header.offset < LEAST_OFFSET) throw new Damage('faultNoVoxelFile', {});
      return placeOf(name, header, volume);
    });
    return gridOf(header!, data, volume);
  }
  let start = Buffer.alloc(0);
  await readPart(unpacked(file), HEADER_BYTES, (bytes) => {
    start = Buffer.from(bytes);
    return { from: 0, bytes: 0, last: false };
  });
  const header = readHeader(start);
  const data = await readPart(unpacked(voxels), 0, () => placeOf(name, header, volume));
  return gridOf(header, data, volume);
}

function placeOf(name: string, { size, volumes, datatype, offset }: Header, volume: number) {
  const count = size[0] * size[1] * size[2];
  checkVolume(name, size, datatype.bytes);
  if (volume >= volumes) throw new Damage('faultNoVolume', { volumes, volume });
  const bytes = count * datatype.bytes;
  return { from: offset + volume * bytes, bytes, last: volume === volumes - 1 };
}

function gridOf(header: Header, bytes: Buffer, volume: number): Grid {
  const { datatype, littleEndian, size, affine, volumes } = header;
  const orientation = orientationOf(affine);
  if (!orientation) throw new Damage('faultOrientationPlane', {});
  if (littleEndian !== machineIsLittleEndian) swapBytes(bytes, datatype.unit);
  const data = datatype.read!(bytes);
  const millimetres = [0, 1, 2].map((axis) => Number(voxelLength(affine, axis).toPrecision(4)));
  return {
    format: header.format,
    size,
    affine,
    data,
    channels: datatype.channels,
    slope: datatype.channels === 1 ? header.slope : 1,
    inter: datatype.channels === 1 ? header.inter : 0,
    facts: {
      size: size.join(' × '),
      voxelSize: `${millimetres.join(' × ')} mm`,
      datatype: datatype.name,
      orientation: axisCodes(orientation),
      orientedBy: header.orientedBy,
      ...(volumes > 1 ? { volume: `${volume + 1} of ${volumes}` } : {}),
    },
  };
}

const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
