import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { reasonIn, run } from '../../build/setup/command.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'falx-command-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('running a program', () => {
  it('gives what it printed on both streams, and its exit code', async () => {
    const script = 'process.stdout.write("out "); process.stderr.write("err"); process.exitCode = 3';
    const { code, output } = await run(process.execPath, ['-e', script]);
    expect(code).toBe(3);
    expect(output).toContain('out');
    expect(output).toContain('err');
  });

  it('has no code when there is no such program', async () => {
    expect(await run(join(scratch, 'absent'), [])).toEqual({
      code: null,
      output: expect.stringContaining('ENOENT') as string,
    });
  });

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
    'waits, on %s, until the program has tidied up, and says it was interrupted',
    async (signal) => {
      const log = join(scratch, signal);
      const child = spawn(process.execPath, [join(import.meta.dirname, 'command.child.ts'), log]);
      const said: string[] = [];
      child.stderr.on('data', (part) => said.push(String(part)));
      const end = once(child, 'close');
      while (!existsSync(log)) await sleep(10);
      child.kill(signal);
      expect(await end).toEqual([1, null]);
      expect(readFileSync(log, 'utf8')).toBe('at work\ntidied\nended\n');
      expect(said.join('')).toBe('Falx set-up: it was interrupted. Start again to go on.\n');
    },
  );
});

describe('the reason in a program’s output', () => {
  it.each([
    ['warning: x\nerror: no room\n', 'error: no room'],
    ['first\nlast\n', 'first\n  last'],
    ['', 'it printed nothing'],
  ])('of %j is %j', (output, reason) => {
    expect(reasonIn(output)).toBe(reason);
  });
});
