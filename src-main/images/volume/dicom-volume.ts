import { FEWEST_SLICES, gapsOf } from '../../statistics/volume-slices.ts';
import type { Facts } from '../facts.ts';
import { Damage } from '../image-refusals.ts';
import type { Samples } from '../dicom/dicom.ts';
import { dot, normalOf, type Placed } from './dicom-slices.ts';
import type { Affine, Grid, Triple } from './grid.ts';
import { checkVolume } from './limits.ts';
import { axisCodes, orientationOf, voxelLength } from './orientation.ts';

/**
 * Stacks slices to a volume.
 * @param slices from one end to the other. @param values those of a slice, after rescaling.
 * @param inverted low values are bright (MONOCHROME1). @param facts of the first slice.
 * @throws Damage if the slices are too few, or not evenly spaced; FalxError `too-large`.
 */
export async function stacked(
  name: string,
  slices: readonly Placed[],
  values: (place: number) => Promise<Samples>,
  inverted: boolean,
  facts: Facts,
): Promise<Grid> {
  const [first, last] = [slices[0]!, slices.at(-1)!];
  if (slices.length < FEWEST_SLICES)
    throw new Damage('faultFewSlices', { slices: slices.length, fewest: FEWEST_SLICES });
  const normal = normalOf(first);
  const { least, most, even } = gapsOf(slices.map(({ position }) => dot(position, normal)));
  if (!even) throw new Damage('faultSlicesMissing', { least, most });
  const { width, height, across, down, spacing } = first;
  const size: Triple = [width, height, slices.length];
  checkVolume(name, size, 4);
  const data = new Float32Array(width * height * slices.length);
  for (let place = 0; place < slices.length; place += 1)
    data.set(await values(place), place * width * height);

  // DICOM's axes point to the left and back, the affine's to the right and front.
  const affine = [-1, -1, 1].map((sign, axis) =>
    [
      across[axis]! * spacing[1],
      down[axis]! * spacing[0],
      (last.position[axis]! - first.position[axis]!) / (slices.length - 1),
      first.position[axis]!,
    ].map((value) => sign * value),
  ) as Affine;
  const orientation = orientationOf(affine);
  if (!orientation) throw new Damage('faultOrientationPlane', {});
  const millimetres = [0, 1, 2].map((axis) => Number(voxelLength(affine, axis).toPrecision(4)));
  return {
    format: 'dicom',
    size,
    affine,
    data,
    channels: 1,
    slope: inverted ? -1 : 1,
    inter: 0,
    facts: {
      ...facts,
      size: size.join(' × '),
      voxelSize: `${millimetres.join(' × ')} mm`,
      orientation: axisCodes(orientation),
    },
  };
}

/** One slice per position, from one end to the other; of several at one, that of the first contrast, then number. */
export function stackOf<T extends { placed: Placed; contrast: string }>(
  slices: readonly T[],
  number: (slice: T) => number,
): T[] {
  const normal = normalOf(slices[0]!.placed);
  const height = ({ placed }: T) => dot(placed.position, normal);
  const first = new Map<number, T>();
  const sorted = slices.toSorted(
    (one, other) =>
      (one.contrast < other.contrast ? -1 : Number(one.contrast > other.contrast)) ||
      number(one) - number(other),
  );
  for (const slice of sorted) {
    const place = Math.round(height(slice) * 100); // to 0.01 mm
    if (!first.has(place)) first.set(place, slice);
  }
  return [...first.values()].sort((one, other) => height(one) - height(other));
}
