import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderView } from '../../src-main/contract/views.ts';
import { browse } from '../../src-main/core/browse-folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = async (at: string) => (await browse(at)).entries.map(({ name, kind }) => `${kind} ${name}`);

test('folders come first, then files, as people count; hidden ones and dead links are left out', async () => {
  for (const name of ['scan10', 'scan2', 'Atlas', '.git']) mkdirSync(path.join(folder, name));
  for (const name of ['b.png', 'A.png', '.DS_Store']) writeFileSync(path.join(folder, name), '12345');
  symlinkSync(path.join(folder, 'scan2'), path.join(folder, 'link'));
  symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dead'));
  const view = FolderView.parse(await browse(folder));
  expect(view.entries.map(({ name }) => name)).toEqual([
    'Atlas',
    'link',
    'scan2',
    'scan10',
    'A.png',
    'b.png',
  ]);
  expect(view.entries[0]).toEqual({
    name: 'Atlas',
    path: path.join(folder, 'Atlas'),
    kind: 'folder',
    bytes: null,
  });
  expect(view.entries.at(-1)).toMatchObject({ kind: 'file', bytes: 5 });
  expect(view).toMatchObject({ folder, parent: path.dirname(folder), cut: false });
});

test('starts at the home of whoever runs Falx, and names the disks', async () => {
  const view = await browse(null);
  expect(view.folder).toBe(homedir());
  expect(view.places[0]!.path).toBe(homedir());
  if (process.platform !== 'win32') expect(view.places).toContainEqual({ name: '/', path: '/' });
});

test('the topmost folder has no parent', async () => {
  expect((await browse(path.parse(folder).root)).parent).toBeNull();
});

test('of a large folder the first thousand are shown, with a note that there are more', async () => {
  for (let number = 0; number < 1001; number += 1) writeFileSync(path.join(folder, `${number}.png`), '');
  mkdirSync(path.join(folder, 'Z'));
  const { entries, cut } = await browse(folder);
  expect(entries).toHaveLength(1000);
  expect(cut).toBe(true);
  expect(entries.slice(0, 3).map(({ name }) => name)).toEqual(['Z', '0.png', '1.png']);
});

test.each([
  ['relative/path', 'bad-usage'],
  ['', 'bad-usage'],
  ['/a\0b', 'bad-usage'],
  ['/no/such/folder', 'not-found'],
  [import.meta.filename, 'bad-usage'],
])('%j is refused: %s', async (at, code) => {
  await expect(browse(at)).rejects.toMatchObject({ name: 'FalxError', code });
});

test('a link that leads back to itself cannot be opened', async () => {
  const ring = path.join(folder, 'ring');
  symlinkSync(ring, ring);
  await expect(browse(ring)).rejects.toMatchObject({ code: 'unreadable-file', facts: { folder: ring } });
});

// Root may read everything.
test.skipIf(process.getuid?.() === 0)('a folder that may not be looked into says so', async () => {
  const closed = path.join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0);
  await expect(names(closed)).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringMatching(/you are not allowed to/) as string,
  });
  chmodSync(closed, 0o700);
});
