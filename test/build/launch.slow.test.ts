import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const child = join(import.meta.dirname, 'launch.child.mjs');
const run = join(import.meta.dirname, '../../build/run.mjs');

describe.each([
  ['in the launcher’s place', [run, 'test/build/launch.child.mjs']],
  ['in a child of the launcher', [join(import.meta.dirname, 'in-child.child.mjs'), child]],
])('a program %s', (_where, command) => {
  const start = (...args: string[]) => {
    const launched = spawn(process.execPath, [...command, ...args], { cwd: tmpdir() });
    const out: string[] = [];
    launched.stdout.on('data', (part) => out.push(String(part)));
    return { launched, output: () => out.join(''), end: once(launched, 'close') };
  };

  it('has the arguments, the folder, Node 24, and its exit code comes back', async () => {
    const { output, end } = start('exit', 'two words', '--flag', '$HOME');
    expect(await end).toEqual([7, null]);
    expect(JSON.parse(output())).toEqual({
      node: expect.stringMatching(/^v(2[4-9]|[3-9]\d)\./) as string,
      folder: process.platform === 'darwin' ? expect.anything() : tmpdir(),
      args: ['two words', '--flag', '$HOME'],
    });
  });

  it('reads the launcher’s standard input', async () => {
    const { launched, output, end } = start('read');
    launched.stdin.end('scan-1.png\n');
    expect(await end).toEqual([0, null]);
    expect(output()).toContain('scan-1.png\n');
  });

  it.skipIf(process.platform === 'win32')('gets the launcher’s signals', async () => {
    const { launched, output, end } = start('wait');
    await once(launched.stdout, 'data');
    launched.kill('SIGTERM');
    expect(await end).toEqual([3, null]);
    expect(output()).toContain('told to end');
  });
});
