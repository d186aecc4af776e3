import { describe, expect, test } from 'vitest';
import type { Affine, Grid, Triple } from '../../../src-main/images/volume/grid.ts';
import { withSquareVoxels } from '../../../src-main/images/volume/square-voxels.ts';
import { Volume } from '../../../src-main/images/volume/volume.ts';

/** Steps along the stored axes: the patient's axis of each, and the step's length. */
function grid(
  size: Triple,
  value: (i: number, j: number, k: number) => number,
  [along, steps]: [Triple, Triple] = [
    [0, 1, 2],
    [1, 1, 1],
  ],
): Grid {
  const data = new Float32Array(size[0] * size[1] * size[2]);
  for (let k = 0; k < size[2]; k += 1)
    for (let j = 0; j < size[1]; j += 1)
      for (let i = 0; i < size[0]; i += 1) data[i + size[0] * (j + size[1] * k)] = value(i, j, k);
  const affine = [0, 1, 2].map((patient) => [
    ...along.map((axis, stored) => (axis === patient ? steps[stored]! : 0)),
    0,
  ]) as Affine;
  return { format: 'nifti', size, affine, data, channels: 1, slope: 1, inter: 0, facts: {} };
}

/** A volume with LPS axes (DICOM's) and one bright voxel, near the patient's right, front and top. */
const marked = new Volume(
  grid([6, 5, 4], (i, j, k) => (i === 1 && j === 0 && k === 3 ? 100 : (i + j + k) % 3), [
    [0, 1, 2],
    [-1, -1, 1],
  ]),
);

describe('a slice lies as radiologists look at it', () => {
  const bright: [string, string, number, number][] = [
    // The voxel is the second from the right and the first from the front, in the topmost slice.
    ['axial:3', 'right on the left, front up', 1, 0],
    ['coronal:4', 'right on the left, top up', 1, 0],
    ['sagittal:4', 'front on the left, top up', 0, 0],
  ];
  test.each(bright)('%s: %s', (frame, _, column, row) => {
    const { pixels, width, height } = marked.picture('scan', frame);
    const levels = pixels.filter((__, index) => index % 3 === 0);
    const [x, y] = [levels.indexOf(255) % width, Math.floor(levels.indexOf(255) / width)];
    expect([x, y]).toEqual([column, row]);
    expect(levels.filter((level) => level === 255)).toHaveLength(1);
    expect(levels).toHaveLength(width * height);
  });

  test('and there is none beyond the last, nor along another plane', () => {
    expect(['axial:4', 'coronal:5', 'sagittal:6', 'oblique:0', 'axial:-1', 'axial'].map((frame) => marked.has(frame))).toEqual(
      Array(6).fill(false),
    ); // prettier-ignore
    expect(['axial:3', 'coronal:4', 'sagittal:5'].every((frame) => marked.has(frame))).toBe(true);
  });
});

describe('slices within the brain', () => {
  // A ball of radius 20 mm in a cube of 60 mm.
  const ball = new Volume(
    grid([60, 60, 60], (i, j, k) =>
      Math.hypot(i - 29.5, j - 29.5, k - 29.5) < 20 ? 500 + i : 3 * ((i * j) % 2),
    ),
  );

  test('are those with at least a quarter of the largest head', () => {
    // π (20² − z²) ≥ π 20² / 4 where z ≤ 20 √3 / 2 = 17.3: 34 slices, whose middles lie at 0.5, 1.5 … 16.5.
    const slices = ball.slices('axial');
    expect(slices[0]).toBe('axial:13');
    expect(slices.at(-1)).toBe('axial:46');
    expect(slices).toHaveLength(34);
  });

  test('can be fewer, evenly spaced', () => {
    expect(ball.slices('coronal', 4).map((frame) => Number(frame.split(':')[1]))).toEqual([17, 25, 34, 42]);
    expect(ball.slices('coronal', 1)).toEqual(['coronal:30']);
    expect(ball.slices('coronal', 1000)).toEqual(ball.slices('coronal'));
  });

  test('share one window', () => {
    const [edge, middle] = ['axial:13', 'axial:30'].map((frame) => ball.picture('scan', frame).pixels);
    const at = (30 * 60 + 30) * 3;
    expect(edge![at]).toBe(middle![at]);
  });
});

describe('voxels become square', () => {
  // numpy.interp((arange(6) + 0.5) / 2 - 0.5, arange(3), [0, 10, 40])
  const stretched = [0, 2.5, 7.5, 17.5, 32.5, 40];

  test('along rows, as numpy.interp between their centres', () => {
    const slice = {
      width: 3,
      height: 1,
      channels: 1,
      spacing: [2, 1],
      values: Float64Array.of(0, 10, 40),
    } as const;
    const made = withSquareVoxels({ ...slice, spacing: [2, 1] });
    expect([...made.values]).toEqual(stretched);
    expect(made).toMatchObject({ width: 6, height: 1, spacing: [1, 1] });
  });

  test('along columns, each colour by itself', () => {
    const values = Float64Array.of(0, 1, 5, 10, 1, 5, 40, 1, 5);
    const made = withSquareVoxels({ width: 1, height: 3, channels: 3, spacing: [0.5, 1], values });
    expect([...made.values].filter((_, index) => index % 3 === 0)).toEqual(stretched);
    expect([...made.values].filter((_, index) => index % 3 === 1)).toEqual(Array(6).fill(1));
  });

  test('and stay as they are where they were', () => {
    const slice = { width: 2, height: 2, channels: 1 as const, values: Float64Array.of(1, 2, 3, 4) };
    const square = { ...slice, spacing: [0.9375, 0.93750001] as [number, number] };
    expect(withSquareVoxels(square)).toBe(square);
  });
});
