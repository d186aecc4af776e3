import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { tryBinding } from '../../build/setup/binding.mjs';
import type { ProbeMessage } from '../../src-main/tensorflow/probe.ts';
import { startWorker } from '../../src-main/tensorflow/worker-process.ts';
import { gpuRuntime, madeUpDriver, noGpuWheel, olderCuda } from './gpu-wheel.ts';

/*
 * The locked GPU wheel with a made-up driver and empty libraries in place of NVIDIA's: TensorFlow's own code looks for
 * them, opens them and registers a GPU, or says which it missed.
 *
 * What this can't see: whether NVIDIA's real libraries load beside each other and fit the real driver; whether one kernel
 * runs; memory, speed, numbers. The made-up driver was written after what this TensorFlow asks for, so one that asks
 * for more would fail here first. That it registers says nothing of another version.
 */

if (noGpuWheel) console.warn(`Skipped, a GPU registered by the locked wheel: ${noGpuWheel}.`);

describe.skipIf(noGpuWheel)('with the locked GPU wheel and a made-up driver', () => {
  let scratch: string;
  let runtime: string;
  let driver: string;

  beforeAll(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'falx-gpu-wheel-'));
    driver = madeUpDriver(path.join(scratch, 'driver'));
    runtime = await gpuRuntime(path.join(scratch, 'runtimes'), '2.21.0-linux-x64-gpu');
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  beforeEach(() => {
    vi.stubEnv('FALX_RUNTIMES', path.join(scratch, 'runtimes'));
    vi.stubEnv('LD_LIBRARY_PATH', driver);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  /** What a worker finds, and what it printed. */
  async function probe(device: 'auto' | 'cpu' = 'auto'): Promise<{ said: ProbeMessage; log: string }> {
    const log = path.join(scratch, 'probe.log');
    let said: ProbeMessage | undefined;
    const worker = startWorker<ProbeMessage>({
      module: new URL('../../src-main/tensorflow/probe.ts', import.meta.url),
      log,
      logMode: 'w',
      device,
      onMessage: (message) => {
        said = message;
      },
    });
    const end = await worker.gone;
    const printed = readFileSync(log, 'utf8');
    if (!said) throw new Error(`the probe ended with ${JSON.stringify(end)}: ${printed}`);
    return { said, log: printed };
  }

  test('a worker has a GPU', async () => {
    const { said, log } = await probe();
    expect(log).toMatch(/Created device .*device:GPU:0 with \d+ MB memory.*name: Made-up GPU/);
    expect(said).toEqual({ kind: 'loaded', version: '2.21.0', usesGpu: true });
  });

  test('another CUDA on the user’s LD_LIBRARY_PATH does not win', async () => {
    vi.stubEnv('LD_LIBRARY_PATH', `${olderCuda(runtime, path.join(scratch, 'older'))}:${driver}`);
    expect((await probe()).said).toMatchObject({ usesGpu: true });
  });

  test('"Processor only" leaves the GPU alone', async () => {
    const { said, log } = await probe('cpu');
    expect(said).toMatchObject({ kind: 'loaded', usesGpu: false });
    expect(log).not.toMatch(/Created device .*GPU/);
  });

  test('the library that is missing is named in the log', async () => {
    const [there, away] = [path.join(runtime, 'nvidia/cusolver'), path.join(scratch, 'cusolver')];
    renameSync(there, away);
    try {
      const { said, log } = await probe();
      expect(said).toMatchObject({ kind: 'loaded', usesGpu: false });
      expect(log).toMatch(/Could not load dynamic library 'libcusolver\.so\.11'/);
    } finally {
      renameSync(away, there);
    }
  });

  test('set-up’s trial loads it', async () => {
    const file = path.join(runtime, 'binding', 'tfjs_binding.node');
    expect(await tryBinding({ node: process.execPath, file, folder: runtime })).toEqual({
      version: '2.21.0',
      gpuFailed: false,
    });
  });
});
