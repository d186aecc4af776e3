import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layOut, picture } from '../../import/folders.ts';
import { zipOf } from '../../import/zips.ts';
import { falx, falxJson } from './falx.ts';

let root: string;
let home: string;
let zip: string;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-cli-import-'));
  home = path.join(root, 'home');
  zip = path.join(root, 'scans.zip');
  writeFileSync(
    zip,
    zipOf([
      { name: 'a.png', data: await picture() },
      { name: 'b\n.txt', data: 'x' },
    ]),
  );
});
afterAll(() => rmSync(root, { recursive: true }));

test('an archive with a name that can’t be kept is refused as a document', async () => {
  expect(await falxJson(home, ['import', zip], 1)).toMatchObject({
    error: { code: 'bad-archive', facts: { file: 'scans.zip', entry: 'b\n.txt' } },
  });
});

test('a zip archive with a table in it is imported, and the second time it is the same dataset', async () => {
  const table = 'Image,Truth,Subject\na.png,tumour,1\nb.png,none,2\nc.png,other,3\n';
  writeFileSync(
    zip,
    zipOf([
      { name: 'a.png', data: await picture() },
      { name: 'b.png', data: await picture() },
      { name: 'c.png', data: await picture() },
      { name: 'truth.csv', data: table },
    ]),
  );
  const args = [
    'import',
    zip,
    '--labels',
    'truth.csv',
    '--label-column',
    'truth',
    '--classes',
    'tumour, none',
  ];
  const first = await falxJson<{ dataset: { id: string; name: string } }>(home, args);
  expect(first).toMatchObject({
    dataset: { name: 'scans' },
    existing: false,
    changes: null,
    classes: { none: 1, tumour: 1 },
    warnings: [{ code: 'warnOtherLabels', parameters: { labels: [{ name: 'other', count: 1 }] } }],
  });
  const again = await falx(home, ...args);
  expect(again.stdout).toMatch(/^Nothing has changed since the last import: this is its dataset\.\nds-/);
  expect(again.stdout).toContain(first.dataset.id);
});

test('columns without a table, and a plane there is not, are wrong usage', async () => {
  for (const args of [
    ['--patient-column', 'who'],
    ['--plane', 'oblique'],
  ]) {
    const { code, stderr } = await falx(home, 'import', zip, ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--labels FILE\.csv|not "oblique"/)]);
  }
});

test('files that can’t be read are listed with the reason and with what to do', async () => {
  const folder = await layOut(path.join(root, 'scans'), {
    'yes/a.png': null,
    'no/b.png': null,
    'no/c.png': '',
  });
  const { code, stdout } = await falx(home, 'import', folder);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(
      /1 file left out:\n {4}no\/c\.png: It is empty \(0 bytes\)\.\n {4}Export or copy them again/,
    ),
  ]);
});
