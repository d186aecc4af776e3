import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppEvent } from '../../src-main/contract/views.ts';
import { onProcessor } from '../../src-main/train/choose-devices.ts';
import { workersOf } from '../shells/cli/falx.ts';
import { addScans } from '../train/scans.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';

/*
 * Several devices simulated by two or three instances of the processor, with one thread each: the same pool, lanes, workers
 * and records as with GPUs. This can't see whether CUDA uses the GPU that CUDA_VISIBLE_DEVICES names, and GPU memory.
 */

const place = { current: newHome() };
let made: TestCore;

const open = async (slots: number) => {
  made = await openTestCore(
    place.current.home,
    (registry) =>
      registry.datasets.list().length > 0
        ? undefined
        : addScans(registry, path.join(place.current.home, 'scans'), 60),
    {
      chooseDevices: (machine) => ({
        // Pinned like GPUs: a CPU build of TensorFlow ignores it.
        devices: onProcessor(machine, slots).map((device, i) => ({
          ...device,
          threads: 1,
          choice: uuids[i]!,
        })),
        inReserve: null,
      }),
    },
  );
};

const uuids = [1, 2].map((n) => `GPU-${String(n).repeat(8)}-0000-4000-8000-000000000000` as const);

beforeEach(() => {
  place.current = newHome();
});
afterEach(async () => {
  await made.close();
  place.current.remove();
});

const queue = async (...epochs: number[]): Promise<string[]> => {
  const ids: string[] = [];
  for (const [i, count] of epochs.entries()) {
    const settings = {
      weights: 'none',
      imageSize: 32,
      epochs: count,
      batchSize: 8,
      patience: 0,
      seed: 7 + i,
    } as const;
    const [run] = await made.client.training.queue({
      splitId: 'sp-scans',
      networks: ['mobilenetv2'],
      settings,
    });
    ids.push(run!.id);
  }
  return ids;
};
const weightsOf = (runId: string) =>
  readFileSync(
    path.join(made.core.registry.runs.get(runId).folder, 'variables', 'variables.data-00000-of-00001'),
  );
const isEpoch = (runId: string, number: number) => (event: AppEvent) =>
  event.kind === 'epoch' && event.runId === runId && event.epoch.epoch >= number;
/** The process that trains a run, found by its output to the run's log. */
const trainerOf = (runId: string): number => {
  const pid = workersOf(process.pid, path.join('train', 'train-worker.ts')).find((one) =>
    readlinkSync(`/proc/${one}/fd/1`).endsWith(`${runId}.log`),
  );
  if (pid === undefined) throw new Error(`nobody trains ${runId}`);
  return pid;
};
/** The GPUs visible to the process that trains a run. */
const visibleTo = (runId: string): string | undefined =>
  /(?:^|\0)CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(
    readFileSync(`/proc/${trainerOf(runId)}/environ`, 'utf8'),
  )?.[1];
const status = (runId: string) => made.core.registry.runs.get(runId).status;
/** Runs in training by device, in each state that was reported. */
const sideBySide = () =>
  made.events.flatMap((event) =>
    event.kind === 'training' ? [event.training.active.map(({ runId, deviceId }) => [deviceId, runId])] : [],
  );

describe('two devices', () => {
  test('train a run each, to the weights it has alone, in the order of the queue, and record how', async () => {
    await open(2);
    const ids = await queue(3, 3, 2);
    await made.idle();
    expect(ids.map(status)).toEqual(['done', 'done', 'done']);
    const together = ids.map(weightsOf);
    const both = sideBySide().filter((runs) => runs.length === 2);
    expect(both[0]).toEqual([
      ['cpu', ids[0]],
      ['cpu-2', ids[1]],
    ]);
    expect(sideBySide().every((runs) => runs.length <= 2)).toBe(true);
    // The third starts when the first of the others has ended.
    const [first, , third] = ids.map((id) => made.core.registry.runs.get(id));
    expect(third!.started! >= first!.started!).toBe(true);
    for (const id of ids) {
      expect(made.core.registry.metrics.list(id, 'test')).toMatchObject([{ images: 12 }]);
      expect(made.core.registry.runs.get(id).computedOn).toMatchObject({
        kind: 'cpu',
        tensorFloat32: false,
        deterministic: false,
        threads: 1,
      });
    }

    await made.close();
    place.current.remove();
    place.current = newHome();
    await open(1);
    const alone = await queue(3, 3, 2);
    await made.idle();
    expect(sideBySide().every((runs) => runs.length <= 1)).toBe(true);
    expect(alone.map(weightsOf).map((weights, i) => weights.equals(together[i]!))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('go on without one another: a cancelled run leaves its device to the next, and the other is not disturbed', async () => {
    await open(2);
    const [long, cancelled, next] = await queue(500, 500, 2);
    await made.heard(isEpoch(cancelled!, 1));
    expect([long, cancelled].map((id) => visibleTo(id!))).toEqual(uuids);
    await expect(made.client.gpu.remove()).rejects.toMatchObject({
      code: 'gpu-support',
      data: { why: 'packTraining' },
    });
    const ended = made.heard(
      (event) => event.kind === 'training' && event.training.active.some(({ runId }) => runId === next),
    );
    await made.client.training.cancel({ runId: cancelled! });
    const begun = await ended;
    expect(
      begun.kind === 'training' && begun.training.active.map(({ deviceId, runId }) => [deviceId, runId]),
    ).toEqual([
      ['cpu', long],
      ['cpu-2', next],
    ]);
    expect(status(cancelled!)).toBe('interrupted');
    // One is paused, the other one trains.
    await made.client.training.pause({ runId: long! });
    await made.heard(isEpoch(next!, 2));
    expect((await made.client.training.state()).active[0]).toMatchObject({ runId: long, phase: 'paused' });
    await made.client.training.resume({ runId: long! });
    await made.heard(isEpoch(long!, made.core.registry.epochs.list(long!).length + 1));
    await made.client.training.stop({ runId: long! });
    await made.idle();
    expect([long, next].map((id) => status(id!))).toEqual(['stopped', 'done']);
  });

  test('a killed trainer interrupts its run alone, which can be resumed', async () => {
    await open(2);
    const [long, killed] = await queue(500, 500);
    await made.heard(isEpoch(killed!, 1));
    const gone = made.heard(
      (event) =>
        event.kind === 'training' &&
        event.training.active.length === 1 &&
        event.training.active[0]!.runId === long,
    );
    process.kill(trainerOf(killed!), 'SIGKILL');
    await gone;
    expect(made.core.registry.runs.get(killed!)).toMatchObject({
      status: 'interrupted',
      errorFacts: { why: 'workerKilled' },
    });
    await made.heard(isEpoch(long!, made.core.registry.epochs.list(long!).length + 1));
    // Not the device's fault.
    expect((await made.client.training.state()).devices.map(({ setAside }) => setAside)).toEqual([
      null,
      null,
    ]);
    await made.client.training.requeue({ runId: killed! });
    await made.heard(isEpoch(killed!, made.core.registry.epochs.list(killed!).length + 1));
    for (const runId of [long!, killed!]) await made.client.training.stop({ runId });
    await made.idle();
    expect([long, killed].map((id) => status(id!))).toEqual(['stopped', 'stopped']);
  });

  test('one whose trainers die twice in a row is set aside and reported, and is tried again on request', async () => {
    await open(2);
    const [long, first, second, third] = await queue(500, 500, 500, 2);
    for (const runId of [first!, second!]) {
      await made.heard(isEpoch(runId, 1));
      const ended = made.heard(
        (event) => event.kind === 'changed' && event.table === 'runs' && status(runId) === 'interrupted',
      );
      process.kill(trainerOf(runId), 'SIGSEGV'); // as a driver fault ends it
      await ended;
    }
    const told = await made.client.training.state();
    expect(told.devices).toMatchObject([
      { id: 'cpu', setAside: null },
      { id: 'cpu-2', setAside: { code: 'worker-failed', facts: { why: 'workerEnded', signal: 'SIGSEGV' } } },
    ]);
    expect([told.active.map(({ runId }) => runId), told.queue]).toEqual([[long], [third]]);
    const begun = made.heard(
      (event) => event.kind === 'training' && event.training.active.some(({ runId }) => runId === third),
    );
    await expect(made.client.training.tryDevice({ device: 'GPU-0' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await made.client.training.tryDevice({ device: 'cpu-2' });
    await begun;
    await made.client.training.stop({ runId: long! });
    await made.idle();
    expect(status(third!)).toBe('done');
  });

  test('are broken off both when Falx is closed, and the queue stays', async () => {
    await open(2);
    const ids = await queue(500, 500, 3);
    await made.heard(isEpoch(ids[1]!, 1));
    await made.close();
    await open(2);
    expect(ids.map(status)).toEqual(['interrupted', 'interrupted', 'queued']);
    expect(await made.client.training.state()).toMatchObject({ active: [], queue: [ids[2]] });
  });
});
