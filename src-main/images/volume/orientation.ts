import type { Affine, Triple } from './grid.ts';

/** Which stored axis runs along a patient's axis, and whether in the opposite direction. */
export interface Along {
  axis: 0 | 1 | 2;
  flipped: boolean;
}

/** For the patient's axes left to right, back to front, bottom to top. */
export type Orientation = [Along, Along, Along];

/**
 * The patient's axes nearest to the stored ones, as `nibabel.orientations.io_orientation` finds them: from the rotation nearest to
 * the affine, the stored axes choosing in turn.
 * @returns null if the affine is singular: axes are missing, or lie in one plane.
 */
export function orientationOf(affine: Affine): Orientation | null {
  const columns = [0, 1, 2].map((axis) => affine.map((row) => row[axis]!));
  const lengths = columns.map((column) => Math.hypot(...column));
  if (!lengths.every((length) => length > 0 && Number.isFinite(length))) return null;
  const rotation = nearestRotation(
    affine.map((row) => lengths.map((length, axis) => row[axis]! / length)) as Matrix,
  );
  if (!rotation) return null;
  const found: (Along | undefined)[] = [undefined, undefined, undefined];
  for (const axis of [0, 1, 2] as const) {
    const free = [0, 1, 2].filter((patient) => !found[patient]);
    const nearest = free.reduce((best, patient) =>
      Math.abs(rotation[patient]![axis]) > Math.abs(rotation[best]![axis]) ? patient : best,
    );
    if (Math.abs(rotation[nearest]![axis]) < 1e-8) return null;
    found[nearest] = { axis, flipped: rotation[nearest]![axis] < 0 };
  }
  return found as Orientation;
}

/** Three letters, one per stored axis, for its direction, such as `LAS`. */
export function axisCodes(orientation: Orientation): string {
  const letters = ['LR', 'PA', 'IS'];
  const codes: string[] = [];
  orientation.forEach(({ axis, flipped }, patient) => (codes[axis] = letters[patient]![flipped ? 0 : 1]!));
  return codes.join('');
}

/** The affine of the same voxels after reordering and flipping their axes to the patient's. */
export function canonicalAffine(affine: Affine, orientation: Orientation, size: Triple): Affine {
  return affine.map((row) => {
    const turned = orientation.map(({ axis, flipped }) => (flipped ? -row[axis] : row[axis]));
    const offset = orientation.reduce(
      (sum, { axis, flipped }) => sum + (flipped ? row[axis] * (size[axis] - 1) : 0),
      row[3],
    );
    return [...turned, offset];
  }) as Affine;
}

/** Distance between the centres of neighbouring voxels along each of the patient's axes, mm. */
export function spacing(affine: Affine, orientation: Orientation): Triple {
  return orientation.map(({ axis }) => voxelLength(affine, axis)) as Triple;
}

/** The same along a stored axis. */
export const voxelLength = (affine: Affine, axis: number): number =>
  Math.hypot(...affine.map((row) => row[axis]!));

type Matrix = [Triple, Triple, Triple];

/**
 * The orthogonal factor of the polar decomposition, by Newton's iteration.
 * Source: N. J. Higham, "Computing the polar decomposition – with applications", 1986.
 */
function nearestRotation(start: Matrix): Matrix | null {
  let matrix = start;
  for (let round = 0; round < 100; round += 1) {
    const inverse = inverseTransposed(matrix);
    if (!inverse) return null;
    const next = matrix.map((row, r) => row.map((value, c) => (value + inverse[r]![c]!) / 2)) as Matrix;
    const change = Math.max(
      ...next.flatMap((row, r) => row.map((value, c) => Math.abs(value - matrix[r]![c]!))),
    );
    matrix = next;
    if (change < 1e-14) break;
  }
  return matrix;
}

function inverseTransposed(m: Matrix): Matrix | null {
  const cofactor = (r: number, c: number) => {
    const at = (dr: number, dc: number) => m[(r + dr) % 3]![(c + dc) % 3]!;
    return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
  };
  const cofactors = [0, 1, 2].map((r) => [0, 1, 2].map((c) => cofactor(r, c))) as Matrix;
  const determinant = m[0].reduce((sum, value, c) => sum + value * cofactors[0][c]!, 0);
  if (Math.abs(determinant) < 1e-9) return null;
  return cofactors.map((row) => row.map((value) => value / determinant)) as Matrix;
}
