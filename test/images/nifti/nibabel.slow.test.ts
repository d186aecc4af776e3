import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { differences, makeVolumes, readFirst, referencesOf } from './nibabel.ts';

const shared = path.resolve(import.meta.dirname, '../../../../shared/data/nifti');
if (!existsSync(shared)) console.warn(`Without the volumes of ${shared}, which is not here.`);

test('volumes are what nibabel makes of them, voxel by voxel in each plane, and oriented alike', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-volumes-'));
  try {
    await makeVolumes(folder);
    const files = [folder, shared]
      .filter((place) => existsSync(place))
      .flatMap((place) => readdirSync(place).map((file) => path.join(place, file)))
      .filter((file) => /\.(nii(\.gz)?|hdr|mg[hz])$/.test(file));
    expect(files.length).toBeGreaterThan(150);
    const wrong: string[] = [];
    const refused: string[] = [];
    for await (const reference of referencesOf(files)) {
      const name = path.basename(reference.file);
      const volume = await readFirst(reference.file).catch((error: unknown) => {
        refused.push(`${name}: ${(error as Error).message}`);
        return null;
      });
      expect(reference.error, name).toBeUndefined();
      if (volume) wrong.push(...differences(volume, reference).map((what) => `${name}: ${what}`));
    }
    expect(wrong).toEqual([]);
    expect(refused).toEqual([
      'complex.nii: its voxels are complex numbers (complex64), which Falx does not read',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
