import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtWindow } from '../../built.ts';
import { falx } from './falx.ts';
import { eventually } from '../../eventually.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-serve-'));
const home = path.join(scratch, 'home');
beforeAll(builtWindow);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Document = { address: string; port: number; home: string; tunnel: string };

/** `npx falx serve --json`, including its launcher. */
function start() {
  const launcher = path.join(import.meta.dirname, '../../../build/falx.mjs');
  const child = spawn(process.execPath, [launcher, 'serve', '--json', '--no-open', '--home', home]);
  const heard = { out: '', error: '' };
  child.stdout.on('data', (part: Buffer) => (heard.out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (heard.error += part.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = eventually(() => JSON.parse(heard.out) as Document);
  return { child, heard, ended, ready };
}

const status = async (address: string) => (await fetch(address, { redirect: 'manual' })).status;

test('prints an address that is valid once, and a new one for each press of Enter', async () => {
  const { child, heard, ended, ready } = start();
  const { address, port, tunnel } = await ready;
  expect(tunnel).toMatch(new RegExp(`^ssh -C -N -L ${port}:127\\.0\\.0\\.1:${port} \\S+@\\S+$`));
  expect(await status(address)).toBe(303);
  expect(await status(address)).toBe(403);

  child.stdin.write('\n');
  const next = await eventually(() => {
    const [found] = /http:\S+/.exec(heard.error) ?? [];
    expect(found).toBeDefined();
    return found!;
  });
  expect(await status(next)).toBe(303);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('prints a new address when a service manager asks for one', async () => {
  const { child, heard, ended, ready } = start();
  const { address } = await ready;
  child.kill('SIGUSR2');
  const next = await eventually(() => {
    const [found] = /http:\S+/.exec(heard.error) ?? [];
    expect(found).toBeDefined();
    return found!;
  });
  // The previous one is no longer valid.
  expect(await status(address)).toBe(403);
  expect(await status(next)).toBe(303);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('continues when its standard input ends, as a service’s does', async () => {
  const { child, ended, ready } = start();
  child.stdin.end();
  expect(await status((await ready).address)).toBe(303);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test.runIf(process.platform === 'linux')(
  'has its allocator give memory back, under the id that it was started with',
  async () => {
    const { child, ended, ready } = start();
    await ready;
    const environment = readFileSync(`/proc/${child.pid}/environ`, 'latin1').split('\0');
    expect(environment).toContain('MALLOC_MMAP_THRESHOLD_=32768');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  },
);

test('reports that the port is in use', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await falx(home, 'serve', '--no-open', '--port', String(port));
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `falx: Falx can't listen on port ${port} (another program has this port, EADDRINUSE). Choose another with --port, or leave it out to take any that is free.\n`,
  });
  await new Promise((resolve) => other.close(resolve));
});
