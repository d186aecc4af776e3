import { cpSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Checked } from '../../../src-main/check/report.ts';
import { falx, falxJson } from './falx.ts';
import { homeWithTwins } from './twins.ts';

const { home, scan } = homeWithTwins();

test('finds a copy, a turned scan, and a mirrored one under the other label', async () => {
  const checked = await falxJson<Checked>(home, ['check', 'd']);
  expect(checked).toMatchObject({
    images: 11,
    exactDuplicates: 1,
    imagesWithTwins: 6,
    distinctScans: 8,
    groupsWithMixedLabels: 1,
    groupsAcrossParts: 0,
    unreadable: [],
  });
  const files = checked.groups.map(({ first, twins }) => [first, ...twins].map(({ file }) => file).sort());
  expect(files.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))).toEqual([
    ['Healthy/copy.png', 'Healthy/healthy-0001.png'],
    ['Healthy/healthy-0002.png', 'Healthy/turned.jpg'],
    ['Healthy/wrong.png', 'Tumour/tumour-0003.png'],
  ]);
});

test('says in words what was found, and what to do', async () => {
  const { stdout, code } = await falx(home, 'check', 'd');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^d: 11 images of 8 distinct scans$/m);
  expect(stdout).toMatch(/^ {2}1 exact duplicate$/m);
  expect(stdout).toMatch(/: mirrored, correlation 0\.9|: mirrored, correlation 1\.0/);
  expect(stdout).toMatch(/turned (90|270)°/);
  expect(stdout).toMatch(/both labels first, and drop the wrong ones: falx check ds-\w+ --drop "[^"]+"$/m);
});

test('names files that changed since the import, and leaves them out', async () => {
  cpSync(scan('Tumour/tumour-0001.png'), scan('Tumour/tumour-0002.png'));
  const { unreadable, images } = await falxJson<Checked>(home, ['check', 'd', '--again']);
  expect(images).toBe(11);
  expect(unreadable).toMatchObject([
    {
      file: 'Tumour/tumour-0002.png',
      reason: 'It has changed since it was imported.',
      facts: { why: 'pictureChanged' },
    },
  ]);
});
