import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { voxelFile } from '../../../src-main/images/nifti/open-volume.ts';
import { readNifti } from '../../../src-main/images/nifti/read-nifti.ts';
import { axisCodes, canonicalAffine } from '../../../src-main/images/volume/orientation.ts';
import { planes, type Plane } from '../../../src-main/images/volume/slices.ts';
import { Volume } from '../../../src-main/images/volume/volume.ts';
import { python, pythonEnvironment } from '../../python.ts';

const script = path.join(import.meta.dirname, 'volumes.py');
const nibabel = () => pythonEnvironment('nibabel', ['nibabel==5.3.2', 'numpy==2.3.4']);

/** nibabel's result for a file; only `error` if it refuses it. */
export interface Reference {
  file: string;
  shape: number[];
  affine: number[][];
  axes: string;
  error?: string;
  /** The first volume of the nearest RAS array, first axis fastest; of colours the three of a voxel together. */
  values: Float64Array;
}

/** Writes volumes of every kind into a folder. */
export async function makeVolumes(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await python(await nibabel(), [script, 'make', folder]);
}

export async function* referencesOf(files: readonly string[]): AsyncGenerator<Reference> {
  const out = mkdtempSync(path.join(tmpdir(), 'falx-nibabel-'));
  try {
    // A few at a time: the arrays are large.
    for (let from = 0; from < files.length; from += 20) {
      const some = files.slice(from, from + 20);
      const child = spawn(await nibabel(), [script, 'read', out], { stdio: ['pipe', 'pipe', 'ignore'] });
      child.stdin.end(some.join('\n') + '\n');
      const lines = (await text(child.stdout)).trim().split('\n');
      for (const [index, line] of lines.entries()) {
        const file = path.join(out, `${index}.f64`);
        const { buffer } = existsSync(file) ? new Uint8Array(readFileSync(file)) : new Uint8Array(0);
        rmSync(file, { force: true });
        yield { ...(JSON.parse(line) as Reference), values: new Float64Array(buffer) };
      }
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** The first volume of a file, read by Falx. */
export async function readFirst(file: string): Promise<Volume> {
  const voxels = await voxelFile(file);
  const name = path.basename(file);
  const pieces = () => createReadStream(file);
  return new Volume(await readNifti(name, pieces, voxels ? () => createReadStream(voxels) : null));
}

/** The differences between a volume and nibabel's result, in words; empty if all planes are equal. */
export function differences(volume: Volume, reference: Reference): string[] {
  const { grid, orientation } = volume;
  const codes = axisCodes(orientation);
  const canonical = canonicalAffine(grid.affine, orientation, grid.size).flat();
  // Of an MGH header nibabel's offsets are float32.
  const tolerance = grid.format === 'mgh' ? 1e-6 : 1e-12;
  const theirs = reference.affine.flat();
  const apart = canonical.filter(
    (value, index) => Math.abs(value - theirs[index]!) > tolerance * Math.max(1, Math.abs(theirs[index]!)),
  );
  const wrong = planes.map((plane) => [plane, wrongIn(plane, volume, reference)] as const);
  return [
    codes === reference.axes ? [] : `orientation ${codes}, nibabel: ${reference.axes}`,
    apart.length === 0 ? [] : `${apart.length} of 12 numbers of the affine`,
    ...wrong.map(([plane, count]) => (count === 0 ? [] : `${count} values of its ${plane} slices`)),
  ].flat();
}

/** Position in the canonical array [x, y, z] of the pixel (column, row) of slice `index`. */
const placeIn: Record<Plane, (c: number, r: number, i: number, size: number[]) => [number, number, number]> =
  {
    // The patient's right on the left and front at the top; from the front; from the left.
    axial: (c, r, i, [x, y]) => [x! - 1 - c, y! - 1 - r, i],
    coronal: (c, r, i, [x, , z]) => [x! - 1 - c, i, z! - 1 - r],
    sagittal: (c, r, i, [, y, z]) => [i, y! - 1 - c, z! - 1 - r],
  };
const through: Record<Plane, 0 | 1 | 2> = { axial: 2, coronal: 1, sagittal: 0 };

/** Number of values in a plane's slices that differ from nibabel's, bit for bit. */
function wrongIn(plane: Plane, volume: Volume, { shape, values }: Reference): number {
  const size = [shape[0]!, shape[1] ?? 1, shape[2] ?? 1];
  let [wrong, seen] = [0, 0];
  for (let index = 0; index < size[through[plane]]!; index += 1) {
    if (!volume.has(`${plane}:${index}`)) return values.length;
    const slice = volume.values(`${plane}:${index}`);
    let at = 0;
    for (let row = 0; row < slice.height; row += 1) {
      for (let column = 0; column < slice.width; column += 1) {
        const [x, y, z] = placeIn[plane](column, row, index, size);
        const place = (x + size[0]! * (y + size[1]! * z)) * slice.channels;
        for (let channel = 0; channel < slice.channels; channel += 1, seen += 1) {
          if (!same(slice.values[at++]!, values[place + channel])) wrong += 1;
        }
      }
    }
  }
  return wrong + Math.abs(values.length - seen);
}

/** 0 equals −0, and NaN equals itself. */
const same = (one: number, other: number | undefined) => one === other || Object.is(one, other);
