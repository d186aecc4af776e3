import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock, readIfWhole, writeWhole } from '../../build/setup/whole.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falx-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (...args: string[]) =>
  spawn(
    process.execPath,
    [join(import.meta.dirname, 'with-lock.child.ts'), join(folder, 'lock'), join(folder, 'log'), ...args],
    {
      stdio: 'ignore',
    },
  );
const log = () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '');

it('lets one process at a time do its work', async () => {
  const exits = await Promise.all([1, 2, 3].map(() => once(start(), 'exit')));
  expect(exits).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
  expect(log()).toBe('in\nout\nin\nout\nin\nout\n');
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

it('takes over from one that was killed at work', async () => {
  const child = start('stay');
  while (log() === '') await sleep(10);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(folder, 'lock'))).toBe(true);

  expect(await withLock(join(folder, 'lock'), () => Promise.resolve('done'))).toBe('done');
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

it('gives the lock back when the work fails', async () => {
  await expect(withLock(join(folder, 'lock'), () => Promise.reject(new Error('no room')))).rejects.toThrow(
    'no room',
  );
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

it('reads back what was written, and nothing of a torn file', () => {
  const file = join(folder, 'deep', 'one.json');
  writeWhole(file, { a: 1 });
  expect(readIfWhole(file)).toEqual({ a: 1 });
  writeFileSync(file, '{"a": ');
  expect(readIfWhole(file)).toBeUndefined();
});
