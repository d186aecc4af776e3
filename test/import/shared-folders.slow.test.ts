import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';

let root: string;
let registry: Registry;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-import-'));
  registry = Registry.open(path.join(root, 'home'));
});
afterEach(() => {
  registry.close();
  rmSync(root, { recursive: true });
});
const add = (folder: string) => importFolder({ registry, folder });

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
const skip = !existsSync(shared);
if (skip) console.warn(`Skipped: ${shared} is not here.`);

describe.skipIf(skip)('the shared folders', () => {
  test('navoneel: 155 yes, 98 no, 25 exact duplicates', async () => {
    expect(await add(path.join(shared, 'navoneel'))).toMatchObject({
      images: 253,
      classes: { yes: 155, no: 98 },
      positive: 'yes',
      duplicates: 25,
      quarantined: [],
    });
  });

  test('bad-images, linked as a class: each is imported or quarantined, in little memory', async () => {
    const folder = path.join(root, 'scans');
    mkdirSync(folder);
    symlinkSync(path.join(shared, 'bad-images'), path.join(folder, 'bad'));
    symlinkSync(path.join(shared, 'navoneel', 'no'), path.join(folder, 'healthy'));
    const { classes, quarantined } = await add(folder);
    const bad = 144; // the 143 and their MANIFEST.csv
    expect(classes['healthy']).toBe(98);
    expect(classes['bad']! + quarantined.length).toBe(bad);
    expect(
      quarantined.every(({ file, reason }) => file.startsWith('bad/') && /^[A-Z].{10,}[.\]]$/.test(reason)),
    ).toBe(true);
    expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(1500); // MiB
  });

  test('bad-images alone: 143 scans without labels, less what is in quarantine', async () => {
    const imported = await add(path.join(shared, 'bad-images'));
    expect(imported.images + imported.quarantined.length).toBe(143);
    expect(imported).toMatchObject({ ignored: 1, dataset: { classes: ['unlabelled'] } }); // the MANIFEST.csv
  });
});
