import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hashOfFile, saltedHash, sha256Of } from '../../system/hashes.ts';
import type { MultiPictureFile } from '../multi-picture-file.ts';
import { Damage, isDamaged } from '../image-refusals.ts';
import { Volume } from '../volume/volume.ts';
import { niftiVersion } from './header.ts';
import { openOrdinary } from '../../system/ordinary.ts';
import { isVolume, unpackedStart } from '../formats.ts';
import { readNifti } from './read-nifti.ts';

/**
 * Opens a NIfTI or MGH volume, packed or not, in one file or two.
 * @param file absolute. @param name used in errors. @param input the file's bytes if they have been read.
 * @throws FalxError `unreadable-file` damaged, or of a type that makes no picture; `too-large`.
 */
export async function openVolume(
  file: string,
  name: string,
  salt: string,
  volume: number,
  input: Buffer | null,
): Promise<MultiPictureFile> {
  const voxels = input && isHeaderAlone(input) ? await voxelFile(file) : null;
  const bytes = (input?.length ?? (await stat(file)).size) + (voxels ? (await stat(voxels)).size : 0);
  const own = input ? sha256Of(input) : await hashOfFile(file, 'sha256');
  const sha256 = voxels ? sha256Of([own, await hashOfFile(voxels, 'sha256')].join('\n')) : own;
  const read = async () => {
    const pieces = () => (input ? piecesOf(input) : createReadStream(file));
    const grid = await readNifti(name, pieces, voxels ? () => createReadStream(voxels) : null, volume);
    return new Volume(grid);
  };
  const opened = await read().catch((error: unknown) => {
    if (!(error instanceof Damage)) throw error;
    const format = /\.mg[hz]$/i.test(file) ? 'mgh' : 'nifti';
    throw isDamaged(name, format, error.fault, error);
  });
  return manyOf(opened, { name, sha256, bytes, salt, volume });
}

export interface VolumeFile {
  name: string;
  sha256: string;
  bytes: number;
  salt: string;
  volume: number;
}

function manyOf(opened: Volume, { name, sha256, bytes, salt, volume }: VolumeFile): MultiPictureFile {
  // Names of slices of a volume other than the first include its number.
  const suffix = volume === 0 ? '' : `:${volume}`;
  const sliceOf = (frame: string) => frame.slice(0, frame.length - suffix.length);
  return {
    sha256,
    bytes,
    patient: saltedHash(sha256, salt),
    held: opened.bytes,
    frames: ({ plane = 'axial', slices }) => opened.slices(plane, slices).map((slice) => slice + suffix),
    has: (frame) => frame.endsWith(suffix) && opened.has(sliceOf(frame)),
    facts: (frame) => opened.facts(sliceOf(frame)),
    picture: async (frame) => ({
      ...opened.picture(name, sliceOf(frame)),
      format: opened.grid.format,
    }),
  };
}

/** In pieces, so that the output of unpacking one is never large. */
async function* piecesOf(input: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < input.length; at += PIECE) yield input.subarray(at, at + PIECE);
}
const PIECE = 2 ** 20;

/** Whether it is the `.hdr` of a pair. */
function isHeaderAlone(input: Uint8Array): boolean {
  const start = unpackedStart(input);
  const version = niftiVersion(start);
  return version !== null && start[version === 1 ? 345 : 5] === 'i'.charCodeAt(0);
}

/** The file with the voxels of a `.hdr` file: `.img` beside it, packed or not. */
export async function voxelFile(file: string): Promise<string | null> {
  return besides(file, /\.hdr(\.gz)?$/i, ['.img', '.img.gz', '.IMG']);
}

/** Whether a file has the voxels of a header beside it, from which its pictures are read. */
export async function isVoxelFile(file: string): Promise<boolean> {
  const header = await besides(file, /\.img(\.gz)?$/i, ['.hdr', '.hdr.gz', '.HDR']);
  return header !== null && isHeaderAlone(await startOf(header));
}

/** Whether a file begins like a NIfTI volume, whatever its size. */
export async function beginsVolume(file: string): Promise<boolean> {
  return isVolume(await startOf(file));
}

async function besides(file: string, ending: RegExp, others: readonly string[]): Promise<string | null> {
  if (!ending.test(file)) return null;
  const stem = file.replace(ending, '');
  const packed = (name: string) => /\.gz$/i.test(name);
  // If both exist, packed files belong together.
  const alike = others.toSorted(
    (one, other) => Number(packed(other) === packed(file)) - Number(packed(one) === packed(file)),
  );
  for (const other of alike) {
    const found = await stat(stem + other).catch(() => null);
    if (found?.isFile()) return stem + other;
  }
  return null;
}

/** A file's first 4 KiB; empty if it can't be opened. */
async function startOf(file: string): Promise<Buffer> {
  const handle = await openOrdinary(file).catch(() => null);
  if (!handle) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
