import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog } from '../../src-main/core/log.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { shareAsUsual } from '../../src-main/system/rights.ts';
import { falx } from '../shells/cli/falx.ts';

let root: string;
let home: string;
let mask: number;
beforeEach(() => {
  mask = process.umask(0o022);
  root = mkdtempSync(path.join(tmpdir(), 'falx-rights-'));
  chmodSync(root, 0o755);
  home = path.join(root, 'home');
});
afterEach(() => {
  process.umask(mask);
  rmSync(root, { recursive: true });
});

/** Other users' permissions, by path: octal digits of group and others. */
function othersIn(folder: string): Record<string, string> {
  const all = [
    folder,
    ...readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name))),
  ];
  const open = all.flatMap((file): [string, string][] => {
    const rights = lstatSync(file).mode & 0o077;
    return rights === 0 ? [] : [[path.relative(root, file), rights.toString(8)]];
  });
  return Object.fromEntries(open);
}

describe.skipIf(process.platform === 'win32')('a home', () => {
  test.each([0o000, 0o022, 0o077])('is the user’s alone whatever the umask is (%o)', (umask) => {
    process.umask(umask);
    const registry = Registry.open(home);
    registry.secrets.get('patients');
    const log = openLog(home);
    log.info('a line');
    log.close();
    expect(readdirSync(home)).toContain('registry.sqlite-wal');
    expect(othersIn(home)).toEqual({});
    expect(registry.mended).toBe(0);
    registry.close();
  });

  test('of an earlier version is mended when it is opened, and what is not Falx’s is left alone', async () => {
    Registry.open(home).close();
    process.umask(0o022);
    mkdirSync(path.join(home, 'runs', 'run-1', 'variables'), { recursive: true });
    writeFileSync(path.join(home, 'runs', 'run-1', 'variables', 'variables.index'), 'x');
    mkdirSync(path.join(home, 'mine'));
    for (const name of ['', 'runs', 'runs/run-1', 'mine']) chmodSync(path.join(home, name), 0o755);
    chmodSync(path.join(home, 'registry.sqlite'), 0o644);
    const said = await falx(home, 'runs');
    expect(said.stderr).toMatch(
      /other users of this machine could read .*\d+ files and folders can now be read by you only/,
    );
    expect(othersIn(home)).toEqual({ 'home/mine': '55' });
    expect((await falx(home, 'runs')).stderr).not.toContain('read by you only');
  });

  test('leaves what it hands out with the rights that the user’s files have', () => {
    process.umask(0o027);
    Registry.open(home).close();
    const handed = path.join(root, 'handed');
    mkdirSync(path.join(handed, 'inner'), { recursive: true });
    writeFileSync(path.join(handed, 'inner', 'file'), 'x');
    expect(othersIn(handed)).toEqual({});
    shareAsUsual(handed);
    expect(othersIn(handed)).toEqual({ handed: '50', 'handed/inner': '50', 'handed/inner/file': '40' });
  });
});

test('a registry that is gone or was emptied, beside folders of runs, is told, not begun anew', async () => {
  Registry.open(home).close();
  const run = path.join(home, 'runs', 'run-1');
  mkdirSync(run, { recursive: true });
  writeFileSync(path.join(run, 'falx.json'), '{}');
  const told = expect.objectContaining({
    code: 'registry',
    message: expect.stringMatching(/knows of no run, but .*runs holds 1\. Put the file back from a backup/),
    facts: expect.objectContaining({ why: 'registryBereft' }),
  });
  const file = path.join(home, 'registry.sqlite');
  expect(() => Registry.open(home)).toThrow(told);
  writeFileSync(file, '');
  expect(() => Registry.open(home)).toThrow(told);
  expect(lstatSync(file).size).toBe(0);
  rmSync(file);
  expect(() => Registry.open(home)).toThrow(told);
  expect(readdirSync(home)).not.toContain('registry.sqlite');
  rmSync(run, { recursive: true });
  Registry.open(home).close();
});
