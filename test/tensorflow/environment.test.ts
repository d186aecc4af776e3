import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as setUp from '../../build/setup/binding.mjs';
import {
  environmentOf,
  libraryEnvironment,
  numbersIn,
  threadsIn,
} from '../../src-main/tensorflow/environment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-environment-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const parts = ['cublas', 'cudnn', 'cusolver'];

/** A runtime folder with the layout of NVIDIA's wheels, including what they contain besides libraries. */
function gpuRuntime(root = folder): { folder: string } {
  for (const part of parts) {
    mkdirSync(path.join(root, 'nvidia', part, 'lib'), { recursive: true });
    mkdirSync(path.join(root, 'nvidia', part, 'include'), { recursive: true });
  }
  mkdirSync(path.join(root, 'nvidia', 'cuda_nvcc', 'bin'), { recursive: true });
  writeFileSync(path.join(root, 'nvidia', '__init__.py'), '');
  mkdirSync(path.join(root, 'tensorflow'), { recursive: true });
  return { folder: root };
}

const own = (root = folder) => parts.map((part) => path.join(root, 'nvidia', part, 'lib'));

describe.skipIf(process.platform !== 'linux')('the environment of a worker', () => {
  test('has each folder of NVIDIA’s libraries in front of the user’s own', () => {
    const env = environmentOf(gpuRuntime(), {}, { LD_LIBRARY_PATH: '/usr/local/cuda-11.8/lib64' });
    expect(env['LD_LIBRARY_PATH']?.split(':')).toEqual([...own(), '/usr/local/cuda-11.8/lib64']);
  });

  test('has them once, also when a worker’s environment is handed on, and no empty entry, which is the current folder', () => {
    const first = libraryEnvironment(gpuRuntime().folder, { LD_LIBRARY_PATH: ':/a::/b:' });
    expect(first['LD_LIBRARY_PATH']?.split(':')).toEqual([...own(), '/a', '/b']);
    expect(libraryEnvironment(folder, first)['LD_LIBRARY_PATH']).toBe(first['LD_LIBRARY_PATH']);
  });

  test('has Windows’ own driver last in its Subsystem for Linux', () => {
    const root = path.join(folder, 'root');
    mkdirSync(path.join(root, 'usr/lib/wsl/lib'), { recursive: true });
    const found = libraryEnvironment(gpuRuntime().folder, { LD_LIBRARY_PATH: '/a' }, root);
    expect(found['LD_LIBRARY_PATH']?.split(':')).toEqual([
      ...own(),
      '/a',
      path.join(root, 'usr/lib/wsl/lib'),
    ]);
  });

  test('names the compiler of the same CUDA to XLA, beside what the user has set', () => {
    const compiler = path.join(gpuRuntime().folder, 'nvidia', 'cuda_nvcc');
    const flags = (env: NodeJS.ProcessEnv) => libraryEnvironment(folder, env)['XLA_FLAGS'];
    expect(flags({})).toBe(`--xla_gpu_cuda_data_dir=${compiler}`);
    expect(flags({ XLA_FLAGS: '--xla_dump_to=/tmp' })).toBe(
      `--xla_dump_to=/tmp --xla_gpu_cuda_data_dir=${compiler}`,
    );
    expect(flags({ XLA_FLAGS: '--xla_gpu_cuda_data_dir=/mine' })).toBeUndefined();
  });

  test('names XLA no folder with a blank, which it would take for two flags', () => {
    const spaced = gpuRuntime(path.join(folder, 'my runtimes'));
    expect(Object.keys(libraryEnvironment(spaced.folder, {}))).toEqual(['LD_LIBRARY_PATH']);
  });

  test('is left alone by a CPU build, and without any', () => {
    expect(environmentOf({ folder }, {}, { LD_LIBRARY_PATH: '/a' })['LD_LIBRARY_PATH']).toBe('/a');
    expect(environmentOf(null, {}, {})).not.toHaveProperty('LD_LIBRARY_PATH');
  });

  test('grows its memory on the GPU as it needs it, unless the user says otherwise', () => {
    expect(environmentOf(null, {}, {})['TF_FORCE_GPU_ALLOW_GROWTH']).toBe('true');
    expect(environmentOf(null, {}, { TF_FORCE_GPU_ALLOW_GROWTH: 'false' })['TF_FORCE_GPU_ALLOW_GROWTH']).toBe(
      'false',
    );
  });

  test('hides the GPU for "Processor only", whatever the user has set', () => {
    expect(
      environmentOf(gpuRuntime(), { device: 'cpu' }, { CUDA_VISIBLE_DEVICES: '0' })['CUDA_VISIBLE_DEVICES'],
    ).toBe('-1');
  });

  test('shows it one GPU alone, by its UUID', () => {
    const uuid = 'GPU-4cf8db2d-06c0-7d70-1a51-e59b25b2c16c';
    expect(
      environmentOf(null, { device: uuid }, { CUDA_VISIBLE_DEVICES: '0,1' })['CUDA_VISIBLE_DEVICES'],
    ).toBe(uuid);
    expect(environmentOf(null, {}, { CUDA_VISIBLE_DEVICES: '1' })['CUDA_VISIBLE_DEVICES']).toBe('1');
  });

  test('turns TensorFloat-32 off, but for a training that has it on: there the user’s own word stands', () => {
    const tf32 = (computing: Parameters<typeof environmentOf>[1], env: NodeJS.ProcessEnv = {}) =>
      environmentOf(null, computing, env)['NVIDIA_TF32_OVERRIDE'];
    expect(tf32({})).toBe('0');
    expect(tf32({}, { NVIDIA_TF32_OVERRIDE: '1' })).toBe('0');
    expect(tf32({ numbers: { tensorFloat32: false, deterministic: false } })).toBe('0');
    const allowed = { numbers: { tensorFloat32: true, deterministic: false } };
    expect(tf32(allowed)).toBeUndefined();
    expect(numbersIn(environmentOf(null, allowed, {}))).toEqual(allowed.numbers);
    const forbidden = environmentOf(null, allowed, { NVIDIA_TF32_OVERRIDE: '0' });
    expect(numbersIn(forbidden)).toEqual({ tensorFloat32: false, deterministic: false });
  });

  test('asks for the same numbers each time where a training does, and nowhere else', () => {
    const numbers = { tensorFloat32: true, deterministic: true };
    const asked = environmentOf(null, { numbers }, {});
    expect(asked['TF_DETERMINISTIC_OPS']).toBe('1');
    expect(numbersIn(asked)).toEqual(numbers);
    expect(environmentOf(null, {}, {})).not.toHaveProperty('TF_DETERMINISTIC_OPS');
    expect(numbersIn({ TF_DETERMINISTIC_OPS: 'true' }).deterministic).toBe(true);
  });

  test('has as many threads as it is given, else those the user has set, else a core each', () => {
    const threads = (computing: Parameters<typeof environmentOf>[1], env: NodeJS.ProcessEnv = {}) =>
      threadsIn(environmentOf(null, computing, env));
    expect(threads({ threads: 1 }, { TF_NUM_INTRAOP_THREADS: '8' })).toBe(1);
    expect(threads({}, { TF_NUM_INTRAOP_THREADS: '8' })).toBe(8);
    expect(threads({})).toBe(os.availableParallelism());
  });

  test.each([{}, { LD_LIBRARY_PATH: '/usr/local/cuda/lib64' }])(
    'finds the same libraries as set-up’s trial: %o',
    (env) => {
      const worker = libraryEnvironment(gpuRuntime().folder, env)['LD_LIBRARY_PATH'];
      expect(setUp.libraryEnvironment(folder, env)['LD_LIBRARY_PATH']).toBe(worker);
      expect(worker).toContain('cusolver');
    },
  );
});
