import { describe, expect, test } from 'vitest';
import type { SeriesSlice } from '../../src-main/contract/records.ts';
import { gapsOf, volumesAmong } from '../../src-main/statistics/volume-slices.ts';

const slice = (file: string, at: number, more: Partial<SeriesSlice> = {}) => ({
  file,
  slice: { series: 'a', contrast: 'echo 1', at, ...more },
});
const named = (pictures: readonly { file: string; slice?: SeriesSlice }[]) =>
  volumesAmong(pictures).map(({ slices, isSeries }) => [isSeries, ...slices.map(({ file }) => file)]);

describe('volumes among pictures', () => {
  test('are files of several pictures, in the order of these', () => {
    expect(
      named([{ file: 'a.nii#axial:7' }, { file: 'b.dcm#1' }, { file: 'c.png' }, { file: 'a.nii#axial:5' }]),
    ).toEqual([
      [false, 'a.nii#axial:7', 'a.nii#axial:5'],
      [false, 'b.dcm#1'],
    ]);
  });

  test('are series of a file a slice, from one end to the other', () => {
    const other = { series: 'b' };
    expect(
      named([
        slice('3', 10),
        slice('x', 1, other),
        slice('1', -2),
        { file: 'report' },
        slice('y', 2, other),
        slice('2', 4),
        slice('z', 3, other),
      ]),
    ).toEqual([
      [true, '1', '2', '3'],
      [true, 'x', 'y', 'z'],
    ]);
  });

  test('are no series of which slices are missing, or of two alone', () => {
    expect(named([slice('1', 0), slice('2', 5), slice('3', 10), slice('5', 20)])).toEqual([]);
    expect(named([slice('1', 0), slice('2', 5)])).toEqual([]);
  });

  test('are each contrast of a series that has several pictures at a place', () => {
    const late = { contrast: 'echo 2' };
    expect(
      named([1, 2, 3].flatMap((at) => [slice(`early ${at}`, at), slice(`late ${at}`, at, late)])),
    ).toEqual([
      [true, 'early 1', 'early 2', 'early 3'],
      [true, 'late 1', 'late 2', 'late 3'],
    ]);
    // The same picture twice.
    expect(named([1, 2, 3].flatMap((at) => [slice(`${at}`, at), slice(`${at} again`, at)]))).toEqual([]);
  });

  test('are whole where a scanner counts a contrast slice by slice', () => {
    expect(named([1, 2, 3].map((at) => slice(`${at}`, at, { contrast: `acquisition ${at}` })))).toEqual([
      [true, '1', '2', '3'],
    ]);
  });
});

test.each([
  [[0, 5, 10.4, 15], { least: 4.6, most: 5.4, even: true }],
  [[0, 5, 11, 16], { least: 5, most: 6, even: false }],
  [[0, 0, 0], { least: 0, most: 0, even: false }],
])('gaps between %j are told with whether they are even', (heights, { least, most, even }) => {
  const told = gapsOf(heights);
  expect(told.least).toBeCloseTo(least, 9);
  expect(told.most).toBeCloseTo(most, 9);
  expect(told.even).toBe(even);
});
