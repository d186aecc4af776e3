import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import {
  formatNames,
  formats,
  formatTitle,
  isScanName,
  pictureFormats,
  readableFormats,
  scanExtensions,
} from '../../src-main/contract/formats.ts';
import { pictureFormatOf } from '../../src-main/images/formats.ts';

test.each(['jpeg', 'png', 'tiff', 'webp', 'gif'] as const)(
  'tells the %s that libvips writes',
  async (format) => {
    const grey = sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } });
    expect(pictureFormatOf(await grey.toFormat(format).toBuffer())).toBe(format);
  },
);

test('takes no beginning of one format for that of another', () => {
  for (const name of pictureFormats)
    for (const bytes of formats[name].magic!)
      expect(pictureFormatOf(Uint8Array.from(bytes, (byte) => byte ?? 0x20))).toBe(name);
});

test('offers in dialogs what follows the last dot, once', () => {
  expect(scanExtensions).toEqual(expect.arrayContaining(['jpg', 'dcm', 'nii', 'gz', 'mgz']));
  expect(new Set(scanExtensions).size).toBe(scanExtensions.length);
  expect(scanExtensions.filter((ending) => !/^[a-z0-9]+$/.test(ending))).toEqual([]);
});

test.each([
  ['scan.NII.GZ', true],
  ['t1.img', true],
  ['IM0001.dcm', true],
  ['scan.tiff', true],
  ['patient', false],
  ['nii', false],
  ['archive.tar.gz', false],
])('says of the name %s whether scans are called so: %s', (name, called) => {
  expect(isScanName(name)).toBe(called);
});

test('writes a format that it does not know in capitals', () => {
  expect(formatTitle('webp')).toBe('WebP');
  expect(formatTitle('xyz')).toBe('XYZ');
});

test.each([
  ['README.md', readableFormats('en-GB')],
  ['docs/pixels.md', formatNames.map(formatTitle).join(', ')],
])('%s lists the same formats', (file, list) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  expect(text.includes(list), `${file} lacks "${list}"`).toBe(true);
});
