import type { Along, Orientation } from './orientation.ts';
import type { Grid, Triple } from './grid.ts';

export const planes = ['axial', 'coronal', 'sagittal'] as const;
export type Plane = (typeof planes)[number];

/** The patient's axes (0 to the right, 1 to the front, 2 to the top) across a slice, down it and through it. */
const axesOf: Record<Plane, Triple> = {
  axial: [0, 1, 2],
  coronal: [0, 2, 1],
  sagittal: [1, 2, 0],
};

/** Values [height, width, channels] of a slice as it is displayed, and its voxel spacing. */
export interface Slice {
  width: number;
  height: number;
  channels: 1 | 3;
  values: Float64Array;
  /** Millimetres from one column, and one row, to the next. */
  spacing: [number, number];
}

/** Number of slices of a volume in a plane. */
export function sliceCount({ size }: Grid, orientation: Orientation, plane: Plane): number {
  return size[orientation[axesOf[plane][2]]!.axis];
}

/**
 * A slice in radiological convention: axial and coronal with the patient's right on the left, sagittal with the front on the left;
 * the front, or the top, is up.
 * @param index from 0 at the patient's left, back or bottom. @param spacing of the voxels along the patient's axes, mm.
 */
export function sliceOf(
  grid: Grid,
  orientation: Orientation,
  spacing: Triple,
  plane: Plane,
  index: number,
): Slice {
  const { data, channels, slope, inter } = grid;
  const [across, down, through] = axesOf[plane];
  const [columns, rows, depth] = [across, down, through].map((axis) => stepsOf(grid, orientation[axis]!)) as [
    Steps,
    Steps,
    Steps,
  ];
  const values = new Float64Array(columns.count * rows.count * channels);
  const start = depth.first + index * depth.step;
  let to = 0;
  // The end of both axes (right, front, top) comes first.
  for (let row = rows.count - 1; row >= 0; row -= 1) {
    const line = start + rows.first + row * rows.step;
    for (let column = columns.count - 1; column >= 0; column -= 1) {
      const from = (line + columns.first + column * columns.step) * channels;
      for (let channel = 0; channel < channels; channel += 1)
        values[to++] = data[from + channel]! * slope + inter;
    }
  }
  return {
    width: columns.count,
    height: rows.count,
    channels,
    values,
    spacing: [spacing[across]!, spacing[down]!],
  };
}

interface Steps {
  count: number;
  /** Offset of the axis' first voxel from the volume's first one, and from one to the next. */
  first: number;
  step: number;
}

function stepsOf({ size }: Grid, { axis, flipped }: Along): Steps {
  const step = size.slice(0, axis).reduce((product, length) => product * length, 1);
  const count = size[axis];
  return flipped ? { count, first: (count - 1) * step, step: -step } : { count, first: 0, step };
}

/** For each slice of a plane, the number of voxels above a stored value, or below one. */
export function countAbove(
  { data, size, channels }: Grid,
  orientation: Orientation,
  plane: Plane,
  isHead: (stored: number) => boolean,
): number[] {
  const { axis, flipped } = orientation[axesOf[plane][2]]!;
  const counts = Array.from({ length: size[axis] }, () => 0);
  const step = size.slice(0, axis).reduce((product, length) => product * length, 1);
  // Runs of `step` voxels are in one slice; for colours the green channel is used.
  for (let run = 0, from = channels >> 1; from < data.length; run += 1) {
    let count = 0;
    for (let voxel = 0; voxel < step; voxel += 1, from += channels) if (isHead(data[from]!)) count += 1;
    counts[run % size[axis]]! += count;
  }
  return flipped ? counts.reverse() : counts;
}
