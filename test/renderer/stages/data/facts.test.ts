import { expect, test } from 'vitest';
import { readDicom } from '../../../../src-main/images/dicom/dicom.ts';
import { planes, type Facts } from '../../../../src-main/images/scan.ts';
import { factName, factRows } from '../../../../src-renderer/stages/data/fact-name.ts';
import { messagesOf } from '../../../../src-renderer/messages/load.ts';
import { explicitLittle, file, picture, words } from '../../../images/dicom/dicom-fixtures.ts';

/** A header with every value that Falx keeps. */
const complete = file(
  '1.2.840.10008.1.2.1',
  picture({ rows: 2, columns: 2 }, words([1, 2, 3, 4]), {
    '00080008 CS': 'ORIGINAL\\PRIMARY',
    '00080070 LO': 'Maker',
    '00081090 LO': 'Model 3',
    '00180015 CS': 'BRAIN',
    '00180020 CS': 'SE',
    '00180021 CS': 'SK',
    '00180050 DS': '4',
    '00180080 DS': '2000',
    '00180081 DS': '12.5',
    '00180082 DS': '900',
    '00180087 DS': '1.5',
    '00180088 DS': '5',
    '00181314 DS': '90',
    '0020000E UI': '1.2.3',
    '00200011 IS': '7',
    '00200013 IS': '12',
    '00280030 DS': '0.5\\0.75',
    '00280301 CS': 'YES',
  }),
  explicitLittle,
);

test('names every fact of a DICOM header, and tells its values in words', () => {
  const { facts } = readDicom(complete, 'complete.dcm', 'salt');
  expect(Object.keys(facts).length).toBeGreaterThanOrEqual(24);
  for (const fact of Object.keys(facts).filter((fact) => fact !== 'series'))
    expect(messagesOf('ko'), fact).toHaveProperty([`data.fact.${fact}`]);
  const rows = Object.fromEntries(factRows(facts));
  expect(rows).toMatchObject({
    'Field strength (T)': '1.5',
    'Pixel spacing (mm)': '0.5 × 0.75',
    'Image type': 'ORIGINAL, PRIMARY',
    'Burned-in annotation': 'yes',
  });
  // A code that identifies the series.
  expect(facts).toHaveProperty('series');
  expect(Object.values(rows)).not.toContain(facts['series']);
});

test.each(planes)('calls the plane %s so', (plane) => {
  const facts: Facts = { plane, slice: 1200, volume: '2 of 1000' };
  expect(factRows(facts)).toEqual([
    ['Plane', plane],
    ['Slice', '1,200'],
    ['Volume', '2 of 1,000'],
  ]);
});

test.each([
  ['PixelBandwidth', 'Pixel bandwidth'],
  ['MRAcquisitionType', 'MR acquisition type'],
])('calls a fact it has no name for by its own, %s: %s', (fact, name) => {
  expect(factName(fact)).toBe(name);
});
