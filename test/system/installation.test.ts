import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import {
  findRuntime,
  installation,
  installationAt,
  programFolder,
} from '../../src-main/system/installation.ts';
import { canRun } from '../graph/calculator.ts';

const system = `${process.platform}-${process.arch}`;
let place: string;

beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), 'falx-installation-'));
  vi.stubEnv('FALX_RUNTIMES', path.join(place, 'runtimes'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

const write = (file: string, content: unknown) => {
  mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
  writeFileSync(path.join(place, file), typeof content === 'string' ? content : JSON.stringify(content));
};

const lay = (folder: string, more: object = {}) => {
  write(`${folder}/runtime.json`, {
    format: 1,
    tensorflow: '2.21.0',
    build: 'cpu',
    platform: system,
    ...more,
  });
  write(`${folder}/binding/tfjs_binding.node`, '');
};

const packaged = () => {
  write('app/package.json', { version: '1.2.3' });
  write('app/installation.json', { kind: 'package', window: false });
  lay('app/runtime');
  return installationAt(path.join(place, 'app'));
};

const useOwn = (folder: string) => write('runtimes/active.json', { folder });

test('these sources are a checkout', () => {
  expect(installation).toMatchObject({
    kind: 'checkout',
    folder: programFolder,
    window: null,
    build: null,
    command: 'npx falx',
  });
  expect(readFileSync(path.join(installation.resources, 'weight-licences.txt'), 'utf8')).toContain(
    '{networks}',
  );
});

test('a package computes with its own TensorFlow in its own Node.js', () => {
  const app = packaged();
  expect(app).toMatchObject({
    kind: 'package',
    window: false,
    build: { commit: null, built: null },
    command: 'falx',
  });
  const of = { commit: '0123abc', built: '2026-11-29T02:00:00.000Z' };
  write('app/installation.json', { kind: 'package', window: false, ...of });
  expect(installationAt(path.join(place, 'app')).build).toEqual(of);
  const at = (...parts: string[]) => path.join(place, 'app', ...parts);
  expect(findRuntime(app)).toEqual({
    passedOver: null,
    runtime: {
      from: 'package',
      node: at('node', 'bin', 'node'),
      folder: at('runtime'),
      tensorflow: { folder: at('runtime', 'tensorflow'), version: '2.21.0', build: 'cpu' },
      binding: at('runtime', 'binding', 'tfjs_binding.node'),
    },
  });
});

test('the user’s own runtime goes before the package’s, in the package’s Node.js', () => {
  const app = packaged();
  lay('runtimes/own', { build: 'gpu' });
  expect(findRuntime(app).runtime.from).toBe('package');
  useOwn('own');
  const { runtime, passedOver } = findRuntime(app);
  expect(passedOver).toBeNull();
  expect(runtime).toMatchObject({
    from: 'user',
    node: path.join(place, 'app', 'node', 'bin', 'node'),
    folder: path.join(place, 'runtimes', 'own'),
    tensorflow: { build: 'gpu' },
  });
});

test.each<[string, () => void, RegExp]>([
  ['is not there', () => useOwn('gone'), /ENOENT.*gone/],
  [
    'has no binding',
    () => (
      lay('runtimes/own'),
      rmSync(path.join(place, 'runtimes/own/binding'), { recursive: true }),
      useOwn('own')
    ),
    /tfjs_binding\.node is missing/,
  ],
  [
    'is for another system',
    () => (lay('runtimes/own', { platform: 'win32-arm64' }), useOwn('own')),
    /is for win32-arm64/,
  ],
  [
    'is of another TensorFlow',
    () => (lay('runtimes/own', { tensorflow: '2.20.0' }), useOwn('own')),
    /holds TensorFlow 2\.20\.0, and this Falx works with 2\.21\.0/,
  ],
  ['is named by a path', () => (lay('own'), useOwn('../own')), /names no runtime/],
  ['is named by a torn file', () => write('runtimes/active.json', '{"folder": "o'), /JSON/],
])('a runtime of the user’s is passed over, and why is told, when it %s', (_, prepare, reason) => {
  const app = packaged();
  prepare();
  const { runtime, passedOver } = findRuntime(app);
  expect(runtime.from).toBe('package');
  expect(passedOver?.reason).toMatch(reason);
});

test.each([
  ['package', /Install Falx again/],
  ['checkout', /npm run setup/],
] as const)('a missing TensorFlow is told with the remedy of a %s', (kind, remedy) => {
  const app = packaged();
  rmSync(path.join(app.folder, kind === 'package' ? 'runtime' : 'installation.json'), { recursive: true });
  const told = (() => {
    try {
      return findRuntime(installationAt(app.folder));
    } catch (error) {
      return error;
    }
  })();
  expect(told).toBeInstanceOf(FalxError);
  expect(told).toMatchObject({
    code: 'tensorflow-missing',
    facts: { why: 'tensorflowNotSetUp', installation: kind },
    message: expect.stringMatching(remedy) as string,
  });
});

test.runIf(canRun && process.platform === 'linux')(
  'the binding that set-up compiled finds TensorFlow from whichever runtime folder it is copied to',
  () => {
    const { tensorflow, binding, node } = findRuntime().runtime;
    const own = path.join(place, 'a runtime');
    mkdirSync(path.join(own, 'binding'), { recursive: true });
    cpSync(binding, path.join(own, 'binding', 'tfjs_binding.node'));
    symlinkSync(tensorflow.folder, path.join(own, 'tensorflow'));
    const script = `process.stdout.write(JSON.stringify([
      require(process.argv[1]).TF_Version,
      require('node:fs').readFileSync('/proc/self/maps', 'utf8').includes(process.argv[2]),
    ]))`;
    const load = (file: string) => {
      const said = execFileSync(node, ['-e', script, file, tensorflow.folder], { encoding: 'utf8' });
      return JSON.parse(said) as unknown;
    };
    expect(load(path.join(own, 'binding', 'tfjs_binding.node'))).toEqual([tensorflow.version, true]);
    // Away from one, it finds none: only its own location could tell.
    cpSync(binding, path.join(place, 'tfjs_binding.node'));
    expect(() => load(path.join(place, 'tfjs_binding.node'))).toThrow(/libtensorflow_cc/);
    expect(readFileSync(binding).includes(programFolder)).toBe(false);
  },
);
