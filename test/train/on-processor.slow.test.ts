import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Worded } from '../../src-main/contract/failures.ts';
import type { TrainPacket } from '../../src-main/contract/packets.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { runtime } from '../../src-main/tensorflow/runtime.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { trainingLog } from '../../src-main/train/trainer.ts';
import { addScans, queueOne } from './scans.ts';
import { eventually } from '../eventually.ts';

/*
 * A fake nvidia-smi that lists a GPU, so that this machine seems to have one that TensorFlow's CPU build can't use. Where a
 * real GPU is used there is nothing to report, and the tests are skipped.
 */

// Each trains and starts TensorFlow, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 });

const home = mkdtempSync(path.join(tmpdir(), 'falx-on-processor-'));
const registry = Registry.open(home);

beforeAll(async () => {
  await addScans(registry, path.join(home, 'scans'), 20);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

function madeUpGpu(): void {
  const folder = path.join(home, 'bin');
  mkdirSync(folder, { recursive: true });
  const row = 'GPU-11111111-2222-3333-4444-555555555555, NVIDIA H100, 9.0, 81559, 81000, 580.95.05';
  writeFileSync(path.join(folder, 'nvidia-smi'), `#!/bin/sh\n[ "$1" = -L ] || echo '${row}'\n`, {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

/** Trains a run. @returns its warnings, and its trainer's log. */
async function trained(): Promise<{
  warnings: Extract<TrainPacket, { kind: 'warning' }>[];
  log: () => string;
  gpuUnused: Worded | null | undefined;
}> {
  const overrides = { weights: 'none', imageSize: 32, epochs: 1, batchSize: 8, augmentation: false } as const;
  const run = await queueOne(registry, home, overrides);
  const packets: TrainPacket[] = [];
  const [ended] = await runQueue({
    registry,
    home,
    onEvent: (event) => event.kind === 'packet' && packets.push(event.packet),
  });
  expect(ended).toMatchObject({ id: run.id, status: 'done', device: 'CPU' });
  return {
    warnings: packets.filter((packet) => packet.kind === 'warning'),
    log: () => readFileSync(trainingLog(home, run.id), 'utf8'),
    gpuUnused: registry.runs.get(run.id).computedOn?.gpuUnused,
  };
}

const onGpuBuild = process.platform !== 'linux' || runtime().tensorflow.build === 'gpu';

test.skipIf(onGpuBuild)(
  'a training that leaves a GPU unused says so, and why, in its packets and its log',
  async () => {
    madeUpGpu();
    const { warnings, log, gpuUnused } = await trained();
    expect(gpuUnused?.facts).toEqual({
      why: 'trainsOnProcessor',
      reason: { code: 'gpuBuild', parameters: { installation: runtime().from } },
    });
    expect(warnings).toContainEqual({
      kind: 'warning',
      message: expect.stringMatching(
        /^This training runs on the processor\. There is an NVIDIA GPU with a driver/,
      ),
      facts: {
        why: 'trainsOnProcessor',
        reason: { code: 'gpuBuild', parameters: { installation: runtime().from } },
      },
    });
    await eventually(() => expect(log()).toMatch(/^This training runs on the processor\./m));
  },
);

test.skipIf(onGpuBuild)('where there is no GPU, nothing is reported', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const { warnings, gpuUnused } = await trained();
  expect(gpuUnused).toBeNull();
  expect(warnings.map(({ facts }) => facts?.['why'])).toEqual(['runFromScratch']);
});
