import { FalxError } from '../../contract/errors.ts';
import { MAX_BYTES } from '../image-refusals.ts';
import type { Triple } from './grid.ts';

/** Most voxels of a volume: 512 × 512 × 512, plus a margin. */
const MAX_VOXELS = 200_000_000;

/** Throws if a volume of this size would need more memory than any scan. Called before it is unpacked. */
export function checkVolume(name: string, size: Triple, bytesPerVoxel: number): void {
  const voxels = size[0] * size[1] * size[2];
  if (voxels <= MAX_VOXELS && voxels * bytesPerVoxel <= MAX_BYTES) return;
  throw new FalxError('volumeTooLarge', {
    file: name,
    what: size.join(' × '),
    perVoxel: bytesPerVoxel,
    most: MAX_VOXELS / 1e6,
    limit: MAX_BYTES / 2 ** 20,
  });
}
