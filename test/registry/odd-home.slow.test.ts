import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { addPack } from '../../src-main/networks/weights/weights-pack.ts';
import { addWeights, listWeights } from '../../src-main/networks/weights/weights-store.ts';
import { makeFolders, provideFolder } from '../../src-main/system/folders.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { falx } from '../shells/cli/falx.ts';

const proc = '/proc/1/falx/home';

test.skipIf(!existsSync('/proc/1'))(
  'a home where no folder can be made is told at once, and doctor says so',
  async () => {
    const told = await falx(proc, 'runs');
    expect(told.code).toBe(1);
    expect(told.stderr).toMatch(/The home folder \/proc\/1\/falx\/home can't be created/);
    const found = await falx(proc, 'doctor');
    expect(found.code).toBe(1);
    expect(found.stderr).toContain(proc);
  },
);

test.skipIf(!existsSync('/proc/1'))(
  'nothing that a person names there hangs: each is refused, naming it',
  async () => {
    const refused = expect.objectContaining({ code: 'disk', message: expect.stringContaining(proc) });
    await expect(writeDemo(proc)).rejects.toEqual(refused);
    await expect(addWeights(proc, import.meta.filename)).rejects.toEqual(refused);
    await expect(addPack(proc, import.meta.filename)).rejects.toEqual(refused);
    expect(() => provideFolder(path.join(proc, 'model'))).toThrow(refused);
  },
);

test.skipIf(process.platform === 'win32')(
  'a home that lies below a file is told, and holds no weights',
  async () => {
    const home = path.join('/dev/null', 'below');
    expect(() => Registry.open(home)).toThrow(
      expect.objectContaining({
        code: 'disk',
        message: expect.stringContaining('a part of its path is a file'),
      }),
    );
    // For doctor, which itself reports that the folder is not writable.
    expect(await listWeights(home)).toEqual([]);
  },
);

test('folders are made, and those that are there stay', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'falx-odd-'));
  const deep = path.join(root, 'a', 'b', 'c');
  makeFolders(deep);
  makeFolders(deep);
  expect(statSync(deep).isDirectory()).toBe(true);
  expect(() => makeFolders(path.join('/dev/null', 'x'))).toThrow('/dev/null is no folder');
  rmSync(root, { recursive: true });
});
