import { orientations, type Affine } from './affine.ts';
import type { Fit } from './align.ts';

/** What makes one picture of another, as far as it shows in the head stretched to a square. */
export interface Change {
  /** Mirrored left to right, before any turn. */
  mirrored: boolean;
  /** Quarter turns clockwise, in degrees, after mirroring. */
  turned: 0 | 90 | 180 | 270;
  /** The rest of the turn, degrees clockwise, about −20 to 20. */
  rotated: number;
  /** Only where it is rather a neighbouring slice than a copy. */
  nextSlice?: true;
}

/** Of an orientation (a, b; d, e): how the second picture lies to the first. */
const named: readonly [mirrored: boolean, turned: Change['turned']][] = [
  [false, 0],
  [true, 0],
  [true, 180],
  [false, 180],
  [true, 270],
  [false, 90],
  [false, 270],
  [true, 90],
];

/** Reads the nearest flip and quarter turn, and the rotation left, off a map from the first picture to the second. */
export function change([a, b, , d, e]: Affine): Change {
  const likeness = orientations.map(([p, q, , s, t]) => a * p + b * q + d * s + e * t);
  const best = likeness.indexOf(Math.max(...likeness));
  const [p, q, , s, t] = orientations[best]!;
  // What is left once the flip or turn, which is orthogonal, is undone on the side of the first picture.
  const [x, y] = [d * p + e * q - (a * s + b * t), a * p + b * q + d * s + e * t];
  const [mirrored, turned] = named[best]!;
  return { mirrored, turned, rotated: Math.round((Math.atan2(x, y) * 1800) / Math.PI) / 10 };
}

/**
 * Of neighbouring slices: degrees of rotation, correlation of detail at most, and how many times as much is missing from that to 1 as
 * from that of the grey levels. Another contrast, or sharpening, takes as much from both; another slice has the same grey levels
 * and other detail.
 */
const [TURNED, DETAIL, MORE] = [2, 0.97, 2] as const;

/**
 * What a pair's fit says of it: also whether the pictures are rather neighbouring slices of one head than one and its copy. Of twins
 * that are neighbouring slices of volumes four in five are told so, of copies hardly any: docs/measurements.md.
 */
export function changeOf({ affine, grey, detail }: Pick<Fit, 'affine' | 'grey' | 'detail'>): Change {
  const made = change(affine);
  const isOther = detail < DETAIL && 1 - detail > MORE * (1 - grey);
  return isAsItWas(made) && isOther ? { ...made, nextSlice: true } : made;
}

/** Whether one picture lies as the other one, as slices of a volume do. */
export const isAsItWas = ({ mirrored, turned, rotated }: Omit<Change, 'nextSlice'>): boolean =>
  !mirrored && turned === 0 && Math.abs(rotated) < TURNED;
