import { describe, expect, test } from 'vitest';
import { readDicom } from '../../../src-main/images/dicom/dicom.ts';
import { squarePicture } from '../../../src-main/images/volume/square-pixels.ts';
import { file, picture, type Elements } from './dicom-fixtures.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';

/** Two rows of three pixels, 8 bits. */
const dicom = (more: Elements) =>
  readDicom(
    file(EXPLICIT, picture({ rows: 2, columns: 3, bits: 8 }, Buffer.from([0, 60, 120, 100, 160, 220]), more)),
    'scan.dcm',
    'salt',
  );

async function levels(more: Elements): Promise<number[][]> {
  const { pixels, width, height } = await squarePicture(dicom(more), 'scan.dcm', 1, 'file');
  const grey = [...pixels].filter((_, index) => index % 3 === 0);
  return Array.from({ length: height }, (_, row) => grey.slice(row * width, (row + 1) * width));
}

const asStored = [
  [0, 60, 120],
  [100, 160, 220],
];

describe('a picture whose pixels are no squares', () => {
  // Twice as tall: rows at −0.25, 0.25, 0.75 and 1.25 of the old ones, the ends as the outermost.
  const tall = [
    [0, 60, 120],
    [25, 85, 145],
    [75, 135, 195],
    [100, 160, 220],
  ];
  test.each<[string, Elements, number[][]]>([
    ['is stretched downwards where they are taller', { '00280030 DS': '1.0\\0.5' }, tall],
    [
      'is stretched across where they are wider',
      { '00280030 DS': '0.5\\1.0' },
      [
        [0, 15, 45, 75, 105, 120],
        [100, 115, 145, 175, 205, 220],
      ],
    ],
    ['by the spacing on scanned film', { '00182010 DS': '0.2\\0.1' }, tall],
    ['by the spacing on the detector', { '00181164 DS': '0.2\\0.1' }, tall],
    ['by the aspect ratio', { '00280034 IS': '2\\1' }, tall],
    [
      'by the spacing in the patient before all others',
      { '00280030 DS': '1\\1', '00280034 IS': '2\\1' },
      asStored,
    ],
    [
      'by that of an enhanced file',
      { '52009229 SQ': [{ '00289110 SQ': [{ '00280030 DS': '1.0\\0.5' }] }] },
      tall,
    ],
    ['stays where they hardly differ', { '00280030 DS': '0.5\\0.503' }, asStored],
    ['stays where no scan has such pixels', { '00280030 DS': '11\\1' }, asStored],
    ['stays where a length is none', { '00280030 DS': '0\\1' }, asStored],
    ['stays where the file says nothing', {}, asStored],
  ])('%s', async (_, more, expected) => {
    expect(await levels(more)).toEqual(expected);
  });

  test('has as many values as are stored all the same', async () => {
    const { width, height, data } = await dicom({ '00280030 DS': '1.0\\0.5' }).values(1);
    expect([width, height, data.length]).toEqual([3, 2, 6]);
  });
});
