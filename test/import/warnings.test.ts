import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClassChoice } from '../../src-main/contract/labels.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Tally } from '../../src-main/import/tally.ts';
import { warningsOf } from '../../src-main/import/warnings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { layOut, picture } from './folders.ts';
import { image } from '../registry/sample-records.ts';

let root: string;
let registry: Registry;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-warnings-'));
  registry = Registry.open(path.join(root, 'home'));
});
afterAll(() => {
  registry.close();
  rmSync(root, { recursive: true });
});

async function messagesOf(
  name: string,
  files: Record<string, Buffer | string | null>,
  classes?: ClassChoice[],
) {
  const folder = await layOut(path.join(root, name), files);
  const labels = 'labels.csv' in files ? { file: path.join(folder, 'labels.csv') } : undefined;
  return (await importFolder({ registry, folder, labels, classes })).warnings;
}

describe('an import warns by a code, of', () => {
  test('files outside the class folders', async () => {
    const files = { 'readme.txt': 'hello', 'Tumour/a.png': null, 'Healthy/b.png': null };
    expect(await messagesOf('loose', files)).toEqual([{ code: 'warnLoose', parameters: { count: 1 } }]);
  });

  test('class folders that were not asked for', async () => {
    const files = { 'Tumour/a.png': null, 'Healthy/b.png': null, 'Other/c.png': null };
    const classes = ['Tumour', 'Healthy'].map((name) => ({ name, of: [name] }));
    expect(await messagesOf('other', files, classes)).toEqual([
      { code: 'warnOtherClasses', parameters: { classes: [{ name: 'Other', count: 1 }] } },
    ]);
  });

  test('a third folder without files', async () => {
    mkdirSync(path.join(root, 'third', 'Old'), { recursive: true });
    const files = { 'Tumour/a.png': null, 'Healthy/b.png': null };
    expect(await messagesOf('third', files)).toEqual([
      { code: 'warnNoFiles', parameters: { names: ['Old'] } },
    ]);
  });

  test('names that do not tell which class is the finding', async () => {
    const files = { 'A/a.png': null, 'B/b.png': null };
    expect(await messagesOf('unsure', files)).toEqual([{ code: 'warnUnsure', parameters: { name: 'B' } }]);
  });

  test('no class folders', async () => {
    expect(await messagesOf('flat', { 'a.png': null })).toEqual([{ code: 'warnUnlabelled', parameters: {} }]);
  });

  test('a class without a readable image', async () => {
    const files = { 'Tumour/a.png': null, 'Healthy/b.png': 'no picture' };
    expect(await messagesOf('empty', files)).toEqual([
      { code: 'warnEmptyClass', parameters: { name: 'Healthy', count: 1 } },
    ]);
  });

  test('the same picture in both classes', async () => {
    const twin = await picture();
    expect(await messagesOf('both', { 'Tumour/a.png': twin, 'Healthy/b.png': twin })).toEqual([
      { code: 'warnBoth', parameters: { count: 1, first: 'Healthy/b.png', second: 'Tumour/a.png' } },
    ]);
  });

  test('a table whose rows and the files do not meet', async () => {
    const table = [
      'file,label,patient',
      'a.png,tumour,1',
      'a.png,tumour,1',
      'b.png,none,',
      'c.png,,2',
      'gone.png,none,3',
      'd.png,none,4',
      ',none,5',
    ];
    const files = {
      'a.png': null,
      'b.png': null,
      'c.png': null,
      'e.png': null,
      'x/d.png': null,
      'y/d.png': null,
    };
    expect(await messagesOf('table', { ...files, 'labels.csv': table.join('\n') })).toEqual([
      { code: 'warnRowsGone', parameters: { table: 'labels.csv', count: 1, first: 'gone.png', line: 6 } },
      { code: 'warnRowsSeveral', parameters: { table: 'labels.csv', count: 1, first: 'd.png', line: 7 } },
      { code: 'warnRowsNameless', parameters: { table: 'labels.csv', count: 1 } },
      { code: 'warnRowsTwice', parameters: { table: 'labels.csv', count: 1 } },
      { code: 'warnNoRow', parameters: { table: 'labels.csv', count: 3, first: 'e.png' } },
      { code: 'warnNoLabel', parameters: { table: 'labels.csv', count: 1 } },
      { code: 'warnNoPatient', parameters: { table: 'labels.csv', count: 1, total: 2, first: 'b.png' } },
    ]);
  });

  test('a table that was written for a folder of another name', async () => {
    const files = { 'Tumour/a.png': null, 'Healthy/b.png': null };
    const table = ['file,patient', '/old/place/Tumour/a.png,1', '/old/place/Healthy/b.png,2'].join('\n');
    expect(await messagesOf('moved', { ...files, 'labels.csv': table })).toContainEqual({
      code: 'warnRowsElsewhere',
      parameters: { count: 2, table: 'labels.csv', folder: '/old/place' },
    });
  });

  test('what is written into the pixels', () => {
    const tally = new Tally(['a', 'b']);
    tally.add({ ...image('a/1.dcm', 'a'), facts: { burnedIn: 'YES' } });
    tally.add({ ...image('b/2.dcm', 'b'), facts: { burnedIn: 'NO' } });
    tally.add({ ...image('b/3.dcm', 'b'), facts: { burnedIn: 'unknown' } });
    tally.add({ ...image('b/4.dcm', 'b'), facts: { burnedIn: 'unknown' } });
    const warnings = warningsOf({ warnings: [] }, tally, 0).slice(-2);
    const named = Object.assign(new Tally(['a', 'b']), { named: 3 });
    expect(warningsOf({ warnings: [] }, named, 0)).toContainEqual({
      code: 'warnNamed',
      parameters: { count: 3 },
    });
    expect(warnings).toEqual([
      { code: 'warnBurnedIn', parameters: { count: 1, first: 'a/1.dcm' } },
      { code: 'warnPerhapsBurnedIn', parameters: { count: 2, first: 'b/3.dcm' } },
    ]);
  });
});
