import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { interruptedImports } from '../../src-main/import/interrupted.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { dataset } from '../registry/sample-records.ts';

const source = { reader: 'r', plane: null, slices: null, archive: null, labels: null, classes: null };
const scratch = mkdtempSync(path.join(tmpdir(), 'falx-interrupted-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('imports that were broken off are told, but those under way, not to be resumed, or of a folder that is gone', () => {
  const registry = Registry.open(path.join(scratch, 'home'));
  const nobody = 0;
  const begin = (id: string, folder: string, pid = nobody, resume = 'the same files and rules') => {
    const place = path.join(scratch, folder);
    if (folder !== 'gone') mkdirSync(place, { recursive: true });
    const created = pid === nobody ? dataset(id).created : new Date().toISOString();
    registry.imports.begin({ ...dataset(id), created, folder: place }, source, pid, resume);
    registry.imports.add(id, {
      images: [],
      quarantined: [],
      files: [1, 2, 3].map((n) => ({ file: `${n}.png`, stamp: null })),
    });
    return place;
  };
  const scans = begin('ds-1', 'scans');
  begin('ds-2', 'scans');
  begin('ds-3', 'gone');
  begin('ds-4', 'samples', nobody, '');
  // The process that runs these tests started before; it is alive, like one that imports.
  begin('ds-5', 'under way', process.ppid);
  registry.datasets.add(dataset('ds-6'), [], []);
  expect(interruptedImports(registry)).toEqual([
    { folder: scans, files: 3, created: dataset('ds-2').created },
  ]);
  registry.close();
});
