import { spawnSync } from 'node:child_process';
import {
  cpSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Runtime } from '../../build/setup/set-up.mjs';
import { expectWithin } from '../timed.ts';

// The program itself, on a copy of the checkout with its own cache, filled from the TensorFlow that runs this test.
const repository = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'falx-checkout-'));
const checkout = join(scratch, 'a checkout, moved');
const cache = join(scratch, 'a cache');

const setUp = (env: NodeJS.ProcessEnv = {}) => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'build', 'setup.mjs')], {
    env: { ...process.env, FALX_CACHE: cache, ...env },
    encoding: 'utf8',
  });
  return { status, stderr, seconds: (performance.now() - began) / 1000 };
};
const runtime = (folder = checkout) =>
  JSON.parse(readFileSync(join(folder, '.falx/runtime.json'), 'utf8')) as Runtime;
const compiled = 'compiling the binding to TensorFlow: done';

beforeAll(() => {
  for (const part of ['build', 'package.json', 'package-lock.json'])
    cpSync(join(repository, part), join(checkout, part), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(checkout, 'node_modules'));
  const unpacked = dirname(runtime(repository).tensorflow.folder);
  cpSync(unpacked, join(cache, 'tensorflow', unpacked.split('/').at(-1) ?? ''), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('compiles the binding, in folders with spaces and commas, and writes down what Falx runs on', () => {
  const { status, stderr } = setUp();
  expect(stderr).toContain(compiled);
  expect(stderr).not.toContain('downloading');
  expect(status).toBe(0);
  expect(runtime().tensorflow).toEqual({
    folder: runtime(repository).tensorflow.folder.replace(/.*(?=\/tensorflow\/.*\/)/, cache),
    version: '2.21.0',
    build: runtime(repository).tensorflow.build,
  });
  expect(existsSync(runtime().binding)).toBe(true);
});

it('prints one line and does nothing when everything exists', () => {
  const { status, stderr, seconds } = setUp();
  expect(status).toBe(0);
  expect(stderr).toMatch(/^Falx set-up: ready: .*\n$/);
  expectWithin(seconds, 2);
});

it('finds a truncated binding and compiles it again', () => {
  truncateSync(runtime().binding, 1000);
  expect(setUp()).toMatchObject({ status: 0, stderr: expect.stringContaining(compiled) as string });
  expect(setUp().stderr).toMatch(/^Falx set-up: ready: .*\n$/);
});

it('finds what is there again after its own notes were lost', () => {
  rmSync(join(checkout, '.falx/stamp.json'));
  rmSync(join(checkout, '.falx/runtime.json'));
  expect(setUp()).toMatchObject({ status: 0, stderr: expect.not.stringContaining('done in') as string });
  expect(existsSync(join(checkout, '.falx/runtime.json'))).toBe(true);
});

it('says what the compiler said when it fails, and leaves no binding', () => {
  const { binding } = runtime();
  truncateSync(binding, 1000);
  const { status, stderr } = setUp({ CXX: 'false' });
  expect(status).toBe(1);
  expect(stderr).toContain('the binding to TensorFlow could not be compiled with false.');
  expect(existsSync(binding)).toBe(false);
});

it('finds a truncated library, and says so when it can’t be fetched again', () => {
  truncateSync(join(runtime().tensorflow.folder, 'libtensorflow_framework.so.2'), 1000);
  const { status, stderr } = setUp({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: scratch });
  expect(stderr).toContain('pip could not download');
  expect(status).toBe(1);
});
