import { FalxError } from '../../contract/errors.ts';
import { MAX_BYTES } from '../image-refusals.ts';
import type { Triple } from './grid.ts';

/** Most voxels a volume may have: 512 × 512 × 512, and some. */
const MAX_VOXELS = 200_000_000;

/** Throws when a volume of this size would take more memory than any scan does. Called before it is unpacked. */
export function checkVolume(name: string, size: Triple, bytesPerVoxel: number): void {
  const voxels = size[0] * size[1] * size[2];
  if (voxels <= MAX_VOXELS && voxels * bytesPerVoxel <= MAX_BYTES) return;
  const what = `${size.join(' × ')} voxels of ${bytesPerVoxel} ${bytesPerVoxel === 1 ? 'byte' : 'bytes'}`;
  const limit = `the limit is ${MAX_VOXELS / 1e6} million voxels and ${MAX_BYTES / 2 ** 20} MiB`;
  throw new FalxError(
    'too-large',
    `"${name}" says it has ${what}; ${limit}. Export it at a lower resolution.`,
    {
      why: 'volumeTooLarge',
      what: size.join(' × '),
      most: MAX_VOXELS / 1e6,
      file: name,
      size,
      reason: `Too large: ${what}; ${limit}.`,
    },
  );
}
