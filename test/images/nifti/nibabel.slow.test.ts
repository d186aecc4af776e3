import { spawn } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { voxelFile } from '../../src-main/images/nifti/open.ts';
import { readNifti } from '../../src-main/images/nifti/read.ts';
import { axisCodes, canonicalAffine } from '../../src-main/images/volume/orientation.ts';
import { planes, type Plane } from '../../src-main/images/volume/slices.ts';
import { Volume } from '../../src-main/images/volume/volume.ts';
import { python, pythonEnvironment } from '../python.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data/nifti');
if (!existsSync(shared)) console.warn(`Without the volumes of ${shared}, which is not here.`);
const script = path.join(import.meta.dirname, 'volumes.py');

interface Reference {
  file: string;
  shape: number[];
  affine: number[][];
  axes: string;
  error?: string;
  /** The nearest RAS array, first axis fastest; of colours one after the other. */
  values: Float64Array;
}

let folder: string;
let references: Reference[];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-nibabel-'));
  const nibabel = await pythonEnvironment('nibabel', ['nibabel==5.3.2', 'numpy==2.3.4']);
  const [made, out] = [path.join(folder, 'made'), path.join(folder, 'out')];
  mkdirSync(made);
  mkdirSync(out);
  await python(nibabel, [script, 'make', made]);
  const files = [made, shared]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((file) => path.join(place, file)))
    .filter((file) => /\.(nii(\.gz)?|hdr|mg[hz])$/.test(file));
  const child = spawn(nibabel, [script, 'read', out], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(files.join('\n') + '\n');
  const lines = (await text(child.stdout)).trim().split('\n');
  references = lines.map((line, index) => {
    const reference = JSON.parse(line) as Reference;
    const values = path.join(out, `${index}.f64`);
    const { buffer } = existsSync(values) ? new Uint8Array(readFileSync(values)) : new Uint8Array(0);
    return { ...reference, values: new Float64Array(buffer) };
  });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(file: string): Promise<Volume> {
  const voxels = await voxelFile(file);
  const pieces = () => createReadStream(file);
  const name = path.basename(file);
  return new Volume(await readNifti(name, pieces, voxels ? () => createReadStream(voxels) : null));
}

/** Where NumPy's canonical array [x, y, z] has what a picture shows at (column, row) of slice `index`. */
const placeIn: Record<Plane, (c: number, r: number, i: number, s: number[]) => [number, number, number]> = {
  // The patient's right on the left, the front up; from the front; from the left.
  axial: (c, r, i, [x, y]) => [x! - 1 - c, y! - 1 - r, i],
  coronal: (c, r, i, [x, , z]) => [x! - 1 - c, i, z! - 1 - r],
  sagittal: (c, r, i, [, y, z]) => [i, y! - 1 - c, z! - 1 - r],
};
const through: Record<Plane, 0 | 1 | 2> = { axial: 2, coronal: 1, sagittal: 0 };

/** How many values of a plane's slices are not nibabel's. */
function differences(volume: Volume, { shape, values }: Reference, plane: Plane): number {
  const size = [shape[0]!, shape[1]!, shape[2] ?? 1];
  const all = size[0]! * size[1]! * size[2]!;
  let wrong = 0;
  for (let index = 0; index < size[through[plane]]!; index += 1) {
    const slice = volume.values(`${plane}:${index}`);
    let at = 0;
    for (let row = 0; row < slice.height; row += 1) {
      for (let column = 0; column < slice.width; column += 1) {
        const [x, y, z] = placeIn[plane](column, row, index, size);
        const place = x + size[0]! * (y + size[1]! * z);
        for (let channel = 0; channel < slice.channels; channel += 1) {
          const theirs = slice.channels === 3 ? values[3 * place + channel]! : values[place]!;
          if (!Object.is(slice.values[at++]! + 0, theirs + 0)) wrong += 1;
        }
      }
    }
  }
  expect(volume.grid.data.length).toBe(all * volume.grid.channels);
  return wrong;
}

describe('volumes are what nibabel makes of them', () => {
  test('voxel by voxel in each plane, with the same orientation', async () => {
    expect(references.length).toBeGreaterThan(100);
    const refused: string[] = [];
    for (const reference of references) {
      const name = path.basename(reference.file);
      expect(reference.error, name).toBeUndefined();
      const volume = await read(reference.file).catch((error: unknown) => {
        refused.push(`${name}: ${(error as Error).message}`);
        return null;
      });
      if (!volume) continue;
      const { affine, size } = volume.grid;
      expect(axisCodes(volume.orientation), name).toBe(reference.axes);
      // Of an MGH header nibabel's offsets are float32.
      const tolerance = volume.grid.format === 'mgh' ? 1e-6 : 1e-12;
      const canonical = canonicalAffine(affine, volume.orientation, size).flat();
      const theirs = reference.affine.flat();
      canonical.forEach((value, index) =>
        expect(Math.abs(value - theirs[index]!), `${name}, affine`).toBeLessThanOrEqual(
          tolerance * Math.max(1, Math.abs(theirs[index]!)),
        ),
      );
      for (const plane of planes) expect(differences(volume, reference, plane), `${name}, ${plane}`).toBe(0);
    }
    expect(refused).toEqual([
      'complex.nii: its voxels are complex numbers (complex64), which Falx does not read',
    ]);
  }, 300_000);
});
