import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { holdLock } from '../../src-main/registry/process-lock.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { pixelFile } from '../../src-main/images/cache.ts';
import { dataOf, planOf } from '../../src-main/train/plan.ts';
import { train } from '../../src-main/train/trainer.ts';
import { type QueueEvent, requeueRuns, runQueue } from '../../src-main/train/train-handlers.ts';
import { lives, workersOf } from '../shells/cli/falx.ts';
import { addScans, queueOne } from './scans.ts';
import { expectWithin, timed } from '../timed.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-interruptions-'));
const registry = Registry.open(home);

beforeAll(() => addScans(registry, path.join(home, 'scans'), 60));
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

async function queue(epochs: number, count = 1, imageSize = 32): Promise<string[]> {
  const overrides = { weights: 'none', imageSize, epochs, batchSize: 8, patience: 0 } as const;
  const ids: string[] = [];
  while (ids.length < count) ids.push((await queueOne(registry, home, overrides)).id);
  return ids;
}

/** Acts once, at the first matching event. */
function once(fits: (event: QueueEvent) => boolean, act: () => void) {
  let done = false;
  return (event: QueueEvent) => {
    if (done || !fits(event)) return;
    done = true;
    act();
  };
}
const atEpoch = (number: number) => (event: QueueEvent) =>
  event.kind === 'packet' && event.packet.kind === 'epoch' && event.packet.epoch.epoch === number;

const trainer = () => workersOf(process.pid, path.join('train', 'train-worker.ts'));

describe('a training', () => {
  test.skipIf(process.platform !== 'linux')(
    'whose worker is killed is interrupted, and can be resumed to its end',
    async () => {
      const [id, next] = await queue(6, 2);
      const onEvent = once(atEpoch(2), () => trainer().forEach((pid) => process.kill(pid, 'SIGKILL')));
      const runs = await runQueue({ registry, home, runIds: [id!, next!], onEvent });
      expect(runs[0]).toMatchObject({ status: 'interrupted', ended: expect.any(String) });
      expect(runs[0]!.error).toMatch(
        /most likely because memory ran out\. Close other programs.*--resume.*smaller batch/,
      );
      expect(registry.epochs.list(id!).length).toBeGreaterThanOrEqual(2);
      // The queue continued without it.
      expect(runs[1]).toMatchObject({ id: next, status: 'done' });

      requeueRuns(registry, [id!]);
      const [resumed] = await runQueue({ registry, home, runIds: [id!] });
      expect(resumed).toMatchObject({ status: 'done', error: null });
      expect(registry.epochs.list(id!).map((epoch) => epoch.epoch)).toEqual([1, 2, 3, 4, 5, 6]);
      // The same seed gives the same epochs, whether the training was interrupted or not.
      const losses = (run: string) => registry.epochs.list(run).map((epoch) => epoch.trainLoss);
      expect(losses(id!)).toEqual(losses(next!));
      expect((await evaluateRun({ registry, home, runId: id! })).images).toBe(12);
    },
  );

  test('that is stopped keeps its best epoch, and the rest of the queue waits', async () => {
    const [id, next] = await queue(500, 2);
    const stop = new AbortController();
    const runs = await runQueue({
      registry,
      home,
      runIds: [id!, next!],
      stop: stop.signal,
      onEvent: once(atEpoch(2), () => stop.abort()),
    });
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ id, status: 'stopped', error: null, bestEpoch: expect.any(Number) });
    expect(registry.runs.get(next!).status).toBe('queued');
    expect((await evaluateRun({ registry, home, runId: id! })).images).toBe(12);
    registry.runs.update(next!, { status: 'interrupted' });
  });

  test('that is cancelled ends soon, is interrupted and leaves no worker', async () => {
    const [id] = await queue(500);
    const cancel = new AbortController();
    let [cancelled, worker] = [0, 0];
    const onEvent = once(atEpoch(1), () => {
      worker = trainer()[0] ?? 0;
      cancelled = Date.now();
      cancel.abort();
    });
    const [run] = await runQueue({ registry, home, runIds: [id!], cancel: cancel.signal, onEvent });
    expect(run).toMatchObject({
      status: 'interrupted',
      error: expect.stringMatching(/It was interrupted.*--resume/),
    });
    expectWithin(Date.now() - cancelled, 5000);
    if (process.platform === 'linux') expect(worker !== 0 && lives(worker)).toBe(false);
  });

  test('whose worker does not start in time is ended and says so', async () => {
    const [id] = await queue(1);
    const run = registry.runs.get(id!);
    const data = dataOf(registry, run.splitId);
    const pixels = await pixelFile(data.dataset, data.images, run.settings.pixels, home);
    const packets: string[] = [];
    const end = await train(planOf(run, data, pixels, null), {
      home,
      onPacket: ({ kind }) => packets.push(kind),
      startWithin: 100, // Node itself takes longer
    });
    expect(end).toMatchObject({
      kind: 'died',
      error: {
        code: 'worker-failed',
        message: expect.stringMatching(/did not start: it did not respond for 0\.1 s/),
      },
    });
    expect(packets).toEqual([]);
    registry.runs.update(id!, { status: 'interrupted' });
  });

  test('in whose folder another process still trains is not begun there, and can be resumed later', async () => {
    const [id] = await queue(1);
    const { folder } = registry.runs.get(id!);
    mkdirSync(folder, { recursive: true });
    const release = holdLock(path.join(folder, '.training.lock'))!;
    const [run] = await runQueue({ registry, home, runIds: [id!] });
    expect(run).toMatchObject({ status: 'interrupted', errorFacts: { why: 'runFolderHeld' } });
    expect(readdirSync(folder)).toEqual(['.training.lock']);
    release();
    requeueRuns(registry, [id!]);
    expect(await runQueue({ registry, home, runIds: [id!] })).toMatchObject([{ status: 'done' }]);
    // A caller waiting for it at this moment must not get a new one.
    expect(readdirSync(folder)).toContain('.training.lock');
  });

  test.skipIf(process.platform !== 'linux')(
    'whose worker is stopped from outside is ended, is told so, and can be resumed',
    async () => {
      const [id] = await queue(500);
      const onEvent = once(atEpoch(1), () => trainer().forEach((pid) => process.kill(pid, 'SIGSTOP')));
      const [run] = await runQueue({ registry, home, runIds: [id!], onEvent });
      expect(run).toMatchObject({
        status: 'interrupted',
        errorFacts: { why: 'workerHung', how: 'stopped' },
        error: expect.stringMatching(/was stopped from outside .* Resume it/),
      });
      expect(trainer()).toEqual([]);
    },
  );

  test('that is stopped before its first epoch has nothing to keep and can be resumed', async () => {
    const [id] = await queue(2);
    const stop = new AbortController();
    const isStarted = (event: QueueEvent) => event.kind === 'packet' && event.packet.kind === 'started';
    const [run] = await runQueue({
      registry,
      home,
      runIds: [id!],
      stop: stop.signal,
      onEvent: once(isStarted, () => stop.abort()),
    });
    expect(run).toMatchObject({ status: 'interrupted', error: expect.stringMatching(/It was interrupted/) });
    requeueRuns(registry, [id!]);
    expect(await runQueue({ registry, home, runIds: [id!] })).toMatchObject([{ status: 'done' }]);
  });
});

test.runIf(timed)('the caller answers a registry query in under 50 ms while a step runs', async () => {
  const [id] = await queue(2, 1, 160);
  const times: number[] = [];
  let ask: NodeJS.Timeout | undefined;
  await runQueue({
    registry,
    home,
    runIds: [id!],
    onEvent: (event) => {
      if (event.kind !== 'packet' || event.packet.kind !== 'started') return;
      let due = performance.now() + 20;
      ask = setInterval(() => {
        registry.runs.get(id!);
        registry.epochs.list(id!);
        // Measured from when the answer was needed, so that a blocked event loop counts.
        times.push(performance.now() - due);
        due = performance.now() + 20;
      }, 20);
    },
  });
  clearInterval(ask);
  times.sort((a, b) => a - b);
  expect(times.length).toBeGreaterThan(50);
  // A caller that waited for steps, which take longer than this, would be late every time; on a busy machine occasionally.
  expect(times[Math.floor(times.length * 0.9)]).toBeLessThan(50);
});
