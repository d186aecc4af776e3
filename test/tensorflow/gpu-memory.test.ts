import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GpuMemory } from '../../src-main/tensorflow/gpu-memory.ts';
import { gpuBytesOf } from '../../src-main/tensorflow/nvidia.ts';

/*
 * A fake nvidia-smi whose tables can be changed. This can't see how a real driver counts a process's memory, and when it
 * doesn't.
 */

const MiB = 2 ** 20;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-gpu-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gpu = (number: number, free: string) =>
  `GPU-${number}0000000-2222-3333-4444-555555555555, NVIDIA A40, 8.6, 46068, ${free}, 580.95.05`;

/** @param apps rows of compute processes; null: the driver does not support the query. */
function says(gpus: readonly string[], apps: readonly string[] | null, list = ''): void {
  const lines = (rows: readonly string[]) => rows.map((row) => `echo '${row}'`).join('; ') || ':';
  writeFileSync(
    path.join(folder, 'nvidia-smi'),
    `#!/bin/sh\ncase "$1" in --query-gpu=*) ${lines(gpus)};; -L) ${lines(list.split('\n'))};; ` +
      `--query-compute-apps=*) ${apps ? lines(apps) : 'exit 2'};; esac\n`,
    { mode: 0o755 },
  );
}
const options = (visible?: string) => ({
  env: { PATH: `${folder}:/usr/bin:/bin`, ...(visible !== undefined && { CUDA_VISIBLE_DEVICES: visible }) },
  folders: [],
});

describe('a GPU’s own memory', () => {
  test('is that of the GPU which is computed on', () => {
    says([gpu(1, '40000'), gpu(2, '30000')], []);
    const free = (visible?: string) => (GpuMemory.look(options(visible))?.free ?? NaN) / MiB;
    expect(free()).toBe(40000);
    expect(free('1')).toBe(30000);
    expect(free('GPU-20000000-2222-3333-4444-555555555555,0')).toBe(30000);
    expect(GpuMemory.look(options('-1'))).toBeNull();
  });

  test('is not known where nobody says it', () => {
    says([gpu(1, '[N/A]')], []);
    expect(GpuMemory.look(options())).toBeNull();
    expect(GpuMemory.look({ env: { PATH: folder }, folders: [path.join(folder, 'none')] })).toBeNull();
    says(
      [gpu(1, '40000')],
      [],
      'GPU 0: NVIDIA A40 (UUID: GPU-10000000-2222-3333-4444-555555555555)\n  MIG 1g.5gb Device 0: (UUID: MIG-1)',
    );
    expect(GpuMemory.look(options())).toBeNull();
  });

  test('as taken by this process is what the driver counts for it', () => {
    says([gpu(1, '40000')], []);
    const memory = GpuMemory.look(options())!;
    says([gpu(1, '20000')], ['1, 9000', `${process.pid}, 5000`, `${process.pid}, 200`]);
    expect(memory.taken()).toBe(5200 * MiB);
  });

  test('as taken is what is less free, where the driver counts no processes or numbers them otherwise', () => {
    for (const apps of [null, [], ['1, 5000'], [`${process.pid}, [N/A]`]]) {
      says([gpu(1, '40000')], apps);
      const memory = GpuMemory.look(options())!;
      says([gpu(1, '34000')], apps);
      expect(memory.taken()).toBe(6000 * MiB);
    }
  });
});

test('a process that is not listed has no memory that anybody knows', () => {
  says([gpu(1, '40000')], ['7, 100']);
  expect(gpuBytesOf(7, options())).toBe(100 * MiB);
  expect(gpuBytesOf(77, options())).toBeNull();
});
