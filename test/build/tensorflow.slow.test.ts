import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { findTools, type Tools, type Wheel } from '../../build/setup/machine.mjs';
import { absentWheels, provideTensorflow, unpackedFiles } from '../../build/setup/tensorflow.mjs';
import { fakeWheel } from './fake-wheel.ts';

// The real pip and real files; only the wheel is small and fake.
const scratch = mkdtempSync(join(tmpdir(), 'falx-set-up-'));
const index = join(scratch, 'index');
const library = 'tensorflow/libtensorflow_cc.so.2';
let wheel: Wheel;
let tools: Tools;
let cache: string;
let folder: string;
let number = 0;

beforeAll(async () => {
  wheel = fakeWheel(index, 100);
  tools = await findTools(['python', 'pip']);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeEach(() => {
  cache = join(scratch, `cache-${++number}`);
  folder = join(cache, 'tensorflow', 'build');
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', index);
  return () => vi.unstubAllEnvs();
});

const options = (wheels = [wheel]) => ({ cache, folder, wheels, python: '3.12', tools });
const partsIn = (place: string) =>
  existsSync(place)
    ? readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'))
    : [];
const expectWhole = () => {
  expect(absentWheels(folder, [wheel])).toEqual([]);
  expect(statSync(join(folder, library)).size).toBe(100_000_000);
  expect(partsIn(folder)).toEqual([]);
  expect(existsSync(join(cache, 'downloads'))).toBe(false);
};

it('fetches a wheel with pip, keeps the libraries, C headers and licences of it, and deletes it', async () => {
  await provideTensorflow(options());
  expectWhole();
  expect(readFileSync(join(folder, 'tensorflow/libtensorflow_framework.so.2'), 'utf8')).toBe('framework');
  expect(unpackedFiles(folder, [wheel])).toEqual([
    [join(folder, library), 100_000_000],
    [join(folder, 'tensorflow/libtensorflow_framework.so.2'), 9],
    [join(folder, 'tensorflow/include/tensorflow/c/c_api.h'), 4],
  ]);
  expect(existsSync(join(folder, 'tensorflow/include/tensorflow/core/graph/graph.h'))).toBe(false);
});

it.each<[string, () => void]>([
  ['truncated library', () => truncateSync(join(folder, library), 50_000_000)],
  ['deleted library', () => rmSync(join(folder, library))],
  ['torn receipt', () => truncateSync(join(folder, '.wheels', `${wheel.file}.json`), 20)],
])('finds a %s and makes it good', async (_what, damage) => {
  await provideTensorflow(options());
  damage();
  expect(absentWheels(folder, [wheel])).toEqual([wheel]);
  await provideTensorflow(options());
  expectWhole();
});

it('refuses a wheel whose SHA-256 differs, saying both, and keeps nothing of it', async () => {
  const other = { ...wheel, sha256: '0'.repeat(64) };
  await expect(provideTensorflow(options([other]))).rejects.toThrow(
    new RegExp(
      `${wheel.file} is not the file .* was refused: its SHA-256 is ${wheel.sha256}, expected 0{64}`,
    ),
  );
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(cache, 'downloads'))).toBe(false);
});

it('refuses a wheel whose SHA-256 nobody has checked, before it is fetched', async () => {
  await expect(provideTensorflow(options([{ ...wheel, sha256: null }]))).rejects.toThrow(
    'has no checked SHA-256',
  );
});

it('says so when pip finds no such wheel', async () => {
  await expect(provideTensorflow(options([{ ...wheel, version: '9.9.10' }]))).rejects.toThrow(
    /pip could not download tensorflow-cpu 9\.9\.10\. Check the connection.*\n.*No matching distribution/s,
  );
});

it('says how much room is missing before anything is fetched', async () => {
  const huge = { ...wheel, unpackedBytes: 1e18 };
  await expect(provideTensorflow(options([huge]))).rejects.toThrow(
    /needs 10000000000\d\d MB in .*Free some space/,
  );
});

it('starts over after it was killed while unpacking', async () => {
  const killed = start();
  await until(() => partsIn(folder).length > 0);
  await killed.kill();
  expect(partsIn(folder)).not.toEqual([]);
  expect(absentWheels(folder, [wheel])).toEqual([wheel]);

  await provideTensorflow(options());
  expectWhole();
});

it('starts over after it was killed while downloading', async () => {
  let asked = 0;
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('.whl'))
      return response
        .setHeader('content-type', 'text/html')
        .end(`<a href="/${wheel.file}">${wheel.file}</a>`);
    const content = readFileSync(join(index, wheel.file));
    response.setHeader('content-length', content.length);
    if (asked++ > 0) return response.end(content);
    return response.write(content.subarray(0, content.length / 2)); // and no more
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('PIP_NO_INDEX', '');
  vi.stubEnv('PIP_FIND_LINKS', '');
  vi.stubEnv('PIP_EXTRA_INDEX_URL', '');
  vi.stubEnv('PIP_INDEX_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`);
  try {
    const killed = start();
    await until(() => asked > 0);
    await killed.kill();
    writeFileSync(
      join(cache, 'downloads', wheel.file),
      readFileSync(join(index, wheel.file)).subarray(0, 1000),
    );
    expect(absentWheels(folder, [wheel])).toEqual([wheel]);

    await provideTensorflow(options());
    expectWhole();
    expect(asked).toBe(2);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a set-up in its own process group, so that pip and Python can be killed with it. */
function start() {
  mkdirSync(cache, { recursive: true });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'tensorflow.child.ts'), JSON.stringify(options())],
    {
      detached: true,
      stdio: 'ignore',
    },
  );
  const exit = once(child, 'exit');
  return {
    kill: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      expect((await exit)[1]).toBe('SIGKILL');
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 240_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never came to that');
    await sleep(2);
  }
}
