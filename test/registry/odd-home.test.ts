import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../src-main/system/folders.ts';
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

test('folders are made, and those that are there stay', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'falx-odd-'));
  const deep = path.join(root, 'a', 'b', 'c');
  makeFolders(deep);
  makeFolders(deep);
  expect(statSync(deep).isDirectory()).toBe(true);
  expect(() => makeFolders(path.join('/dev/null', 'x'))).toThrow(/ENOTDIR|EEXIST/);
  rmSync(root, { recursive: true });
});
