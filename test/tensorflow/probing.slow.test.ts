import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { usualWatch } from '../../src-main/tensorflow/watchdog.ts';
import { probeTensorflow } from '../../src-main/tensorflow/probing.ts';
import { runtimeIn } from '../../src-main/system/installation.ts';
import { compile } from './gpu-wheel.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-probe-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a worker says on what it runs, and loads TensorFlow', async () => {
  const probe = await probeTensorflow();
  expect(probe).toMatchObject({
    error: null,
    here: { version: process.versions.node },
    runtime: { node: process.execPath },
    loaded: { version: expect.stringMatching(/^2\./) as string },
  });
});

test.skipIf(process.platform !== 'linux')(
  'a worker that TensorFlow takes down was there: that is not told as one that does not answer',
  async () => {
    const runtime = path.join(folder, 'broken');
    const source = path.join(folder, 'ends.c');
    const end = '#include <stdlib.h>\n__attribute__((constructor)) static void end(void) { abort(); }\n';
    writeFileSync(source, end);
    compile(source, path.join(runtime, 'binding', 'tfjs_binding.node'));
    mkdirSync(path.join(runtime, 'tensorflow'));
    const marks = { format: 1, tensorflow: '2.21.0', build: 'cpu', platform: `linux-${process.arch}` };
    writeFileSync(path.join(runtime, 'runtime.json'), JSON.stringify(marks));
    const probe = await probeTensorflow(undefined, runtimeIn(runtime, 'user', process.execPath));
    expect(probe).toMatchObject({
      here: { version: process.versions.node },
      loaded: null,
      error: {
        facts: {
          why: 'tensorflowNotLoaded',
          detail: { text: expect.stringContaining('SIGABRT') as string },
        },
      },
    });
  },
);

const side = JSON.stringify(new URL('../../src-main/tensorflow/worker-side.ts', import.meta.url).href);
test.each([
  ['hears nothing', `process.exit(1)`],
  ['fails at what it hears', `receive(() => { throw new Error('invalid or unsupported version') })`],
  [
    'hears another number',
    `receive(({ sample }) => send({ kind: 'here', version: '24.0.0', heard: { ...sample, losses: [0.1, null, null, 0] } }))`,
  ],
  [
    'hears fewer pixels',
    `receive(({ sample }) => send({ kind: 'here', version: '24.0.0', heard: { ...sample, pixels: sample.pixels.subarray(1) } }))`,
  ],
  [
    'prints to its pipe',
    `import { writeSync } from 'node:fs'; writeSync(4, 'WARNING: something is wrong\\n')`,
  ],
])('that a worker %s is told, though it could send', async (what, code) => {
  const module = path.join(folder, `${what}.mjs`);
  writeFileSync(module, `import { receive, send } from ${side}; setInterval(() => {}, 1e6); ${code}`);
  const probe = await probeTensorflow(pathToFileURL(module));
  expect(probe).toMatchObject({
    here: null,
    loaded: null,
    error: { facts: { why: 'workersAnswer', node: process.execPath } },
  });
  expect(probe.error?.message).toContain('did not answer as it should');
  if (code.includes('throw')) expect(probe.error?.message).toContain('invalid or unsupported version');
});

test.skipIf(process.platform !== 'linux')('a worker that is stopped is told, and ended', async () => {
  const module = path.join(folder, 'stopped.mjs');
  writeFileSync(module, `process.kill(process.pid, 'SIGSTOP')`);
  const { loaded, error } = await probeTensorflow(pathToFileURL(module), undefined, {
    ...usualWatch,
    every: 20,
    stopped: 2,
  });
  expect(loaded).toBeNull();
  expect(error?.message).toMatch(/did not answer as it should \(it was stopped from outside/);
});
