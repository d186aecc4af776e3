import { describe, expect, test } from 'vitest';
import { readDicom } from '../../../src-main/images/dicom/dicom.ts';
import { sliceOf } from '../../../src-main/images/volume/dicom-slices.ts';
import { file, picture, words, type Elements } from './dicom-fixtures.ts';

const placed = {
  '0020000E UI': '1.2.3.4',
  '00200032 DS': '-64\\-64\\12.346',
  '00200037 DS': '1\\0\\0\\0\\1\\0',
  '00280030 DS': '1.75\\1.75',
};
const told = (more: Elements, frames?: number) =>
  sliceOf(
    readDicom(
      file(
        '1.2.840.10008.1.2.1',
        picture(
          { rows: 2, columns: 2, ...(frames !== undefined && { frames }) },
          words(Array(4 * (frames ?? 1)).fill(7)),
          more,
        ),
      ),
      'IM1',
      'salt',
    ),
  );

describe('a DICOM file with one picture', () => {
  test('says which series it is a slice of, and where it lies across it', () => {
    const here = told(placed)!;
    expect(here).toMatchObject({ at: 12.35, series: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    expect(told({ ...placed, '00200032 DS': '-64\\-64\\18.346' })).toEqual({ ...here, at: 18.35 });
    // Sagittal: across from the right to the left.
    const sagittal = { '00200032 DS': '30\\-64\\64', '00200037 DS': '0\\1\\0\\0\\0\\-1' };
    expect(told({ ...placed, ...sagittal })!.at).toBe(-30);
  });

  test.each([
    ['another series', { '0020000E UI': '1.2.3.5' }],
    ['another plane', { '00200037 DS': '1\\0\\0\\0\\0\\-1' }],
    ['another spacing', { '00280030 DS': '0.9\\0.9' }],
  ])('is no slice of the same where it is of %s', (_, other) => {
    expect(told({ ...placed, ...other })!.series).not.toBe(told(placed)!.series);
  });

  test('is distinguished from one of another echo', () => {
    const [one, two] = ['12', '90'].map((echo) => told({ ...placed, '00180081 DS': echo })!);
    expect(one!.series).toBe(two!.series);
    expect(one!.contrast).not.toBe(two!.contrast);
  });

  test.each([
    ['has no series', { '0020000E UI': '' }],
    ['does not say where it lies', { '00200032 DS': '' }],
    ['says it wrongly', { '00200032 DS': 'left\\of\\it' }],
  ])('is no slice where it %s', (_, wrong) => {
    expect(told({ ...placed, ...wrong })).toBeUndefined();
  });

  test('is no slice of a series where it has frames', () => {
    expect(told(placed, 2)).toBeUndefined();
  });
});
