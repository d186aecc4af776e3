import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runtime } from '../../src-main/tensorflow/runtime.ts';
import { startWorker } from '../../src-main/tensorflow/worker-process.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import type { VerifyReport } from '../../src-main/contract/gpu-report.ts';
import { verify } from '../../src-main/verify/verify-handlers.ts';
import { idleWatch, waitingLibrary } from '../train/waits-for-ever.ts';
import type { TaskResult, VerifyPacket, VerifyTask } from '../../src-main/verify/task.ts';

/*
 * The verification itself, on the processor. What this can't see: whether its bounds are right for a GPU, how TensorFlow
 * prints a GPU's placement, what nvidia-smi says of processes there.
 */

vi.setConfig({ testTimeout: 600_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'falx-verify-test-'));
const out = path.join(folder, 'report.json');
const written = (): VerifyReport => JSON.parse(readFileSync(out, 'utf8')) as VerifyReport;
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

describe('a verification', () => {
  test.skipIf(runtime().tensorflow.build === 'gpu')('says in a sentence that there is no GPU', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(verify({ home: folder, out, device: 'gpu', budgetSeconds: 480 })).rejects.toMatchObject({
      code: 'tensorflow-missing',
      message: expect.stringMatching(/^There is no GPU to verify\. .*"--device cpu"\.$/),
    });
    expect(existsSync(out)).toBe(false);
  });

  test('has written each step before the next begins', async () => {
    const seen: number[] = [];
    const report = await verify({
      home: folder,
      out,
      device: 'cpu',
      budgetSeconds: 6000,
      only: ['doctor', 'placement', 'predictions'],
      onBegin: () => seen.push(written().steps.length),
    });
    expect(seen).toEqual([0, 1, 2]);
    expect(report.steps.map(({ name, state }) => [name, state])).toEqual([
      ['doctor', 'passed'],
      ['placement', 'passed'],
      ['predictions', 'passed'],
    ]);
    expect(written()).toEqual(report);
    expect(report.ended).not.toBeNull();
  });

  // TensorFlow says that it can get no more, or the process ends over it: both are told as memory that ran out.
  test.skipIf(process.platform !== 'linux')(
    'has TensorFlow run out of memory, and knows it as that',
    async () => {
      const report = await verify({
        home: folder,
        out,
        device: 'cpu',
        budgetSeconds: 6000,
        only: ['out of memory'],
      });
      expect(report.steps).toMatchObject([{ state: 'passed', figures: { tooMany: 128 } }]);
      expect(JSON.stringify(report.steps[0]!.figures)).toMatch(
        /"code":"out-of-memory"|could get no more memory/,
      );
    },
  );

  test('begins no step without time', async () => {
    const none = await verify({ home: folder, out, device: 'cpu', budgetSeconds: 0, only: ['placement'] });
    expect(none.steps).toMatchObject([
      { name: 'placement', state: 'out of time', said: expect.stringMatching(/Not started/) },
    ]);
  });
});

const library = waitingLibrary();

describe.skipIf(library === null)('a worker whose driver never comes back', () => {
  const options = { home: folder, out, device: 'cpu' } as const;
  beforeEach(() => {
    vi.stubEnv('LD_PRELOAD', library!);
    vi.stubEnv('FALX_WAITS_AT', '2');
  });

  test('fails its step, and says so', async () => {
    const only = ['placement'];
    expect((await verify({ ...options, budgetSeconds: 6000, only, watch: idleWatch })).steps).toMatchObject([
      { name: 'placement', state: 'failed', facts: { why: 'workerHung', work: 'verifying', how: 'idle' } },
    ]);
  });

  test.for(['placement', '3 predictors beside a training'])(
    'is broken off when the time of its step is over: %s',
    async (name) => {
      const over = await verify({ ...options, budgetSeconds: 10, only: [name] });
      expect(over.steps).toMatchObject([
        { name, state: 'out of time', said: expect.stringMatching(/It was stopped/) },
      ]);
    },
  );
});

describe('its worker', () => {
  const run = async (task: Partial<VerifyTask>) => {
    const results: TaskResult[] = [];
    const worker = startWorker<VerifyPacket>({
      module: new URL('../../src-main/verify/verify-worker.ts', import.meta.url),
      log: path.join(folder, 'worker.log'),
      logMode: 'w',
      device: 'cpu',
      numbers: { tensorFloat32: false, deterministic: true },
      onMessage: (packet) => packet.kind === 'result' && results.push(packet.result),
    });
    const settings = { ...defaultSettings('mobilenetv2', false, 32), batchSize: 4 };
    const place = mkdtempSync(path.join(folder, 'graph-'));
    worker.send({ tasks: [{ folder: place, settings, steps: 2, ...task }] });
    return { end: await worker.gone, result: results[0] };
  };

  test('goes on from a checkpoint after it was killed, to the same weights', async () => {
    const checkpoint = path.join(folder, 'checkpoint');
    const whole = await run({ steps: 4 });
    const killed = await run({ steps: 4, save: { path: checkpoint, after: 2 }, dieAfter: 3 });
    expect(killed.end.signal).toBe('SIGKILL');
    const resumed = await run({ steps: 2, firstStep: 3, restore: checkpoint });
    expect(resumed.result!.losses).toEqual(whole.result!.losses.slice(2));
    expect(resumed.result!.weights).toBe(whole.result!.weights);
    expect((await run({ steps: 3 })).result!.weights).not.toBe(whole.result!.weights);
  });
});
