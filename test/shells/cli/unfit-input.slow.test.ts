import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../../../src-main/registry/registry.ts';
import { studiedHome } from '../../journeys/studied-home.ts';
import { falx } from './falx.ts';

/* Unusable input gives a sentence that names it and the remedy, and changes nothing. */

const place = mkdtempSync(path.join(tmpdir(), 'falx-unfit-'));
let home: string;
let strangers: string;

beforeAll(async () => {
  ({ home } = await studiedHome(place));
  strangers = path.join(place, 'strangers.csv');
  writeFileSync(strangers, 'file,site\nelsewhere/1.png,Seoul\nelsewhere/2.png,Busan\n');
});
afterAll(() => rmSync(place, { recursive: true }));

/** All stored datasets, splits and runs. */
function stored(): unknown {
  const registry = Registry.open(home);
  try {
    return [
      registry.datasets.list().map(({ id, hash }) => [id, hash]),
      registry.datasets
        .list()
        .map(({ id }) => registry.splits.list(id).map((split) => [split.id, split.hash])),
      registry.runs.list().map(({ id, status }) => [id, status]),
    ];
  } finally {
    registry.close();
  }
}

async function refused(args: readonly string[]): Promise<string> {
  const before = stored();
  const { code, stdout, stderr } = await falx(home, ...args);
  expect([code, stdout], stderr).toEqual([1, '']);
  expect(stderr).not.toMatch(/\n +at |\[object|undefined/);
  expect(stored()).toEqual(before);
  return stderr;
}

describe('a table of which no row names an image', () => {
  test.each([
    ['compare', ['compare', 'run-seed7', '--by', 'site']],
    ['report', ['report', 'run-seed7', path.join(place, 'none.html'), '--by', 'site']],
    ['split', ['split', 'ds-large', '--leave-out', 'site']],
  ])('is named by falx %s with its column and how files are to be written', async (_, args) => {
    const said = await refused([...args, '--csv', strangers]);
    expect(said).toContain('No row of the table "strangers.csv" names an image of "Many scans"');
    expect(said).toContain('its column "site" can’t be used');
    expect(said).toMatch(
      /Its column "file" has, for example, "elsewhere\/1\.png", and the dataset has "\w+\/\d+\.png"/,
    );
    expect(said).toMatch(/in that column, give each file’s path within the dataset’s folder, or its name/);
  });

  test('is named by falx import, which imports nothing', async () => {
    const said = await refused([
      'import',
      path.join(place, 'scans'),
      '--labels',
      strangers,
      '--label-column',
      'site',
    ]);
    expect(said).toContain('strangers.csv');
    expect(said).toMatch(/has no label for any file in the folder \(\d+ files have no row\)/);
  });
});

describe('a dataset whose scans are all of one class', () => {
  const sentence = (name: string) =>
    `All scans of "${name}" are of one class; two are needed. Import a folder that holds scans of both classes.`;

  test('is checked for twins, and told that it cannot be split', async () => {
    const { code, stdout } = await falx(home, 'check', 'ds-one');
    expect(code).toBe(0);
    expect(stdout).toContain(sentence('One class'));
    expect(stdout).not.toContain('falx split');
  });

  test.each([
    ['split', ['split', 'ds-one'], 'One class'],
    ['split into folds', ['split', 'ds-one', '--folds', '3'], 'One class'],
    ['shortcuts', ['shortcuts', 'ds-one'], 'One class'],
    ['train', ['train', 'sp-one', '--networks', 'mobilenetv2', '--weights', 'none'], 'One class'],
    ['train, where a class has lost all', ['train', 'sp-gone', '--weights', 'none'], 'One class left'],
    ['validate on it', ['validate', 'run-seed7', 'ds-one'], 'One class'],
  ])('is refused by falx %s', async (_, args, name) => {
    expect(await refused(args)).toContain(sentence(name));
  });

  test('is compared without the measures that need both', async () => {
    const { code, stdout } = await falx(home, 'compare', 'run-one');
    expect(code).toBe(0);
    const row = (label: string) => stdout.split('\n').findLast((line) => line.startsWith(label));
    for (const needsBoth of ['AUC', 'specificity', 'balanced accuracy', 'calibration slope'])
      expect(row(needsBoth), needsBoth).toMatch(/ –\s*$/);
    expect(row('sensitivity')).toMatch(/[01]\.\d{3} \([01]\.\d{3} to [01]\.\d{3}\)/);
    expect(stdout).not.toMatch(/NaN|null|undefined/);
  });
});

test('runs of different splits are named with their splits, by compare and report', async () => {
  for (const args of [
    ['compare', 'run-seed7', 'run-large0'],
    ['report', 'run-seed7', 'run-large0', path.join(place, 'two.pdf')],
  ]) {
    const said = await refused(args);
    expect(said).toContain("These runs were tested on different images, so their figures can't be compared");
    expect(said).toMatch(/run-seed7 .*sp-studied.*run-large0 .*sp-large/);
    expect(said).toContain('Compare runs on one split, or on folds of one set.');
  }
});
