import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');

describe.skipIf(!existsSync(data))('a check of real scans (../shared/data)', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-check-real-'));
  let registry: Registry;
  beforeAll(() => {
    registry = Registry.open(home);
  });
  afterAll(() => {
    registry.close();
    rmSync(home, { recursive: true });
  });
  const check = async (name: string) => {
    const { dataset } = await importFolder({ registry, folder: path.join(data, name) });
    return checkDataset({ registry, datasetId: dataset.id });
  };

  test('finds the exact duplicates of navoneel, and no scan in both classes', async () => {
    const { exactDuplicates, groups, groupsWithMixedLabels } = await check('navoneel');
    expect(exactDuplicates).toBe(25);
    expect(groupsWithMixedLabels).toBe(0);
    expect(groups.length).toBeGreaterThanOrEqual(36);
  });

  test('finds the same whatever the files are called', async () => {
    const folder = path.join(home, 'renamed');
    const nameOf = new Map<string, string>();
    for (const name of ['yes', 'no'])
      for (const [at, file] of readdirSync(path.join(data, 'navoneel', name)).entries()) {
        const from = path.join(data, 'navoneel', name, file);
        // Copies of one file are interchangeable, too.
        const to = `${name}/${sha256Of(readFileSync(from)).slice(20, 30)}-${999 - at}${path.extname(file)}`;
        cpSync(from, path.join(folder, to), { recursive: true });
        nameOf.set(`${name}/${file}`, to);
      }
    const found = async (from: string, called: (file: string) => string) => {
      const { dataset } = await importFolder({ registry, folder: from });
      const { groups } = await checkDataset({ registry, datasetId: dataset.id });
      return groups
        .map(({ first, twins }) => [first, ...twins].map(({ file }) => called(file)).sort())
        .sort(([a], [b]) => (a! < b! ? -1 : 1));
    };
    const before = await found(path.join(data, 'navoneel'), (file) => nameOf.get(file)!);
    expect(await found(folder, (file) => file)).toEqual(before);
  });

  test('finds the one scan of brain-tumor-dataset that lies in both classes, seen by eye', async () => {
    const { groups, imagesWithTwins } = await check('brain-tumor-dataset');
    const mixed = groups.filter(({ mixedLabels }) => mixedLabels);
    expect(mixed.map(({ first, twins }) => [first, ...twins].map(({ file }) => file).sort())).toEqual([
      ['Brain Tumor/Cancer (21).tif', 'Healthy/Not Cancer  (548).JPG'],
    ]);
    expect(imagesWithTwins).toBeGreaterThan(800);
  });
});
