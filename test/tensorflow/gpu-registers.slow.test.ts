import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { tryBinding } from '../../build/setup/binding.mjs';
import type { DoctorReport } from '../../src-main/contract/doctor-report.ts';
import { examine } from '../../src-main/doctor/doctor-handlers.ts';
import { whyOnProcessor } from '../../src-main/tensorflow/probing.ts';
import type { ProbeMessage } from '../../src-main/tensorflow/probe.ts';
import { startWorker } from '../../src-main/tensorflow/worker-process.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { tryRun } from '../../src-main/train/trial.ts';
import { workersOf } from '../shells/cli/falx.ts';
import { addScans } from '../train/scans.ts';
import { idleWatch } from '../train/waits-for-ever.ts';
import { compile, gpuRuntime, madeUpDriver, noGpuWheel, olderCuda } from './gpu-wheel.ts';

/*
 * The locked GPU wheel with a fake driver and empty libraries instead of NVIDIA's: TensorFlow's own code looks for them,
 * opens them and registers a GPU, or reports which ones it lacks.
 *
 * This can't see whether NVIDIA's real libraries load together and match the real driver; whether a single kernel runs;
 * memory, speed, numbers. The fake driver implements what this TensorFlow needs, so one that needs more would fail here
 * first. Registration here proves nothing about another version.
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

  /** A worker's result, and its output. */
  async function probe(device: 'auto' | 'cpu' = 'auto'): Promise<{ said: ProbeMessage; log: string }> {
    const log = path.join(scratch, 'probe.log');
    let said: ProbeMessage | undefined;
    const worker = startWorker<ProbeMessage>({
      module: new URL('../../src-main/tensorflow/probe.ts', import.meta.url),
      log,
      logMode: 'w',
      device,
      onMessage: (message) => {
        if (message.kind !== 'here') said = message;
      },
    });
    worker.send({ kind: 'load', sample: null });
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

  /** `nvidia-smi`'s description of the GPU. */
  const listed = (capability: string) => {
    const row = `GPU-07070707-0707-0707-0707-070707070707, Made-up GPU, ${capability}, 24576, 20480, 580.95.05`;
    const folder = path.join(scratch, `smi-${capability}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'nvidia-smi'), `#!/bin/sh\n[ "$1" = -L ] || echo '${row}'\n`, {
      mode: 0o755,
    });
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  };
  const gpuOf = (checkup: DoctorReport) => checkup.devices.find(({ kind }) => kind === 'gpu')!;

  /** Moves a file or folder away while `act` runs. */
  async function without<T>(there: string, act: () => Promise<T>): Promise<T> {
    const away = `${there}.away`;
    renameSync(there, away);
    try {
      return await act();
    } finally {
      renameSync(away, there);
    }
  }

  test('the doctor says that it is used, with its memory', async () => {
    listed('9.0');
    const checkup = await examine(scratch);
    expect(checkup.tensorflow).toMatchObject({ version: '2.21.0', build: 'gpu', error: null });
    expect(gpuOf(checkup)).toMatchObject({
      name: 'Made-up GPU',
      used: true,
      reason: null,
      totalBytes: 24 * 1024 ** 3,
      freeBytes: 20 * 1024 ** 3,
    });
    expect(await whyOnProcessor()).toBeNull();
  });

  test('the library that is missing is named, by the doctor and beside a training', async () => {
    listed('9.0');
    await without(path.join(runtime, 'nvidia/cusolver/lib/libcusolver.so.11'), async () => {
      const { used, facts } = gpuOf(await examine(scratch));
      expect({ used, facts }).toMatchObject({
        used: false,
        facts: { why: 'gpuLibrary', library: 'libcusolver.so.11', installation: 'user' },
      });
      const why = await whyOnProcessor();
      expect({ why: why?.code, ...why?.parameters }).toEqual(facts);
    });
  });

  test.each([
    ['libnvidia-ml.so.1', 'gpuManagement'],
    ['libcuda.so.1', 'gpuCuda'],
  ])('without %s of the driver: %s', async (library, why) => {
    listed('9.0');
    await without(path.join(driver, library), async () =>
      expect(gpuOf(await examine(scratch)).facts).toMatchObject({ why }),
    );
  });

  test('a GPU that it has no code for is left alone, and said so', async () => {
    listed('12.0');
    expect((await probe()).said).toMatchObject({ usesGpu: false });
    expect(gpuOf(await examine(scratch))).toMatchObject({
      used: false,
      facts: { why: 'gpuTooNew', name: 'Made-up GPU', capability: '12.0' },
    });
  });

  test('a driver that takes TensorFlow down is told, and the processor is left', async () => {
    listed('9.0');
    const cuda = path.join(driver, 'libcuda.so.1');
    await without(cuda, async () => {
      compile(path.join(import.meta.dirname, 'made-up-driver', 'ends.c'), cuda);
      const checkup = await examine(scratch);
      rmSync(cuda);
      expect(checkup.devices).toMatchObject([
        { kind: 'cpu', used: true },
        { kind: 'gpu', used: false, facts: { why: 'gpuCrashed' } },
      ]);
      expect(checkup.problems).toEqual([]);
    });
  });

  test('a trial of a training on a GPU whose driver hangs is ended, and says so', async () => {
    const home = path.join(scratch, 'home');
    const registry = Registry.open(home);
    const cuda = path.join(driver, 'libcuda.so.1');
    await addScans(registry, path.join(home, 'scans'), 20);
    await without(cuda, async () => {
      compile(path.join(import.meta.dirname, 'made-up-driver', 'hangs.c'), cuda);
      const settings = { ...defaultSettings('mobilenetv2', false, 32), batchSize: 4 };
      await expect(
        tryRun({ registry, home, splitId: 'sp-scans', settings, device: 'auto', watch: idleWatch }),
      ).rejects.toMatchObject({ facts: { why: 'workerHung', work: 'trying', how: 'idle' } });
      rmSync(cuda);
    });
    registry.close();
    expect(workersOf(process.pid, path.join('train', 'trial-worker.ts'))).toEqual([]);
  });

  test('set-up’s trial loads it', async () => {
    const file = path.join(runtime, 'binding', 'tfjs_binding.node');
    expect(await tryBinding({ node: process.execPath, file, folder: runtime })).toEqual({
      version: '2.21.0',
      gpuFailed: false,
    });
  });
});
