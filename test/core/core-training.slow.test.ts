import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppEvent } from '../../src-main/contract/views.ts';
import { addScans } from '../train/scans.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';

const place = newHome();
let made: TestCore;

beforeAll(async () => {
  made = await openTestCore(place.home, (registry) => addScans(registry, path.join(place.home, 'scans'), 60));
});
afterAll(async () => {
  await made.close();
  place.remove();
});

const queue = async (epochs: number, imageSize = 32): Promise<string> => {
  const settings = { weights: 'none', imageSize, epochs, batchSize: 8, patience: 0 } as const;
  const [run] = await made.client.training.queue({
    splitId: 'sp-scans',
    networks: ['mobilenetv2'],
    settings,
  });
  return run!.id;
};
const isEpoch = (runId: string, number: number) => (event: AppEvent) =>
  event.kind === 'epoch' && event.runId === runId && event.epoch.epoch === number;
const phase = (runId: string, wanted: string) => (event: AppEvent) =>
  event.kind === 'training' &&
  event.training.active.some((run) => run.runId === runId && run.phase === wanted);
const weightsOf = (runId: string) =>
  readFileSync(
    path.join(made.core.registry.runs.get(runId).folder, 'variables', 'variables.data-00000-of-00001'),
  );

describe('a run of the core', () => {
  test('that is paused does nothing, and then reaches the weights it would have had without the pause', async () => {
    const [paused, straight] = [await queue(6), await queue(6)];
    expect((await made.client.training.state()).queue).toContain(straight);
    await made.heard(isEpoch(paused, 2));
    await made.client.training.pause({ runId: paused });
    expect((await made.client.training.state()).active).toMatchObject([{ runId: paused, phase: 'paused' }]);
    await wait(500); // the step that was in progress
    const before = made.core.registry.epochs.list(paused).length;
    const heard = made.events.length;
    await wait(3000);
    const meanwhile = made.events.slice(heard);
    expect(meanwhile.filter(({ kind }) => kind === 'epoch')).toEqual([]);
    expect(made.core.registry.epochs.list(paused)).toHaveLength(before);
    expect(made.core.registry.runs.get(paused).status).toBe('running');
    await made.client.training.resume({ runId: paused });
    await made.idle();

    const runs = [paused, straight].map((id) => made.core.registry.runs.get(id));
    expect(runs.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(weightsOf(paused).equals(weightsOf(straight))).toBe(true);
    // The pause of 3.5 s does not count towards the time of its epoch of about 0.2 s.
    expect(made.core.registry.epochs.list(paused)[before]!.seconds).toBeLessThan(3);
  });

  test('is evaluated when it is trained, and tells its memory, device and time left on the way', async () => {
    const id = await queue(3);
    const evaluating = made.heard(phase(id, 'evaluating'));
    const first = made.events.length;
    await evaluating;
    await made.idle();
    expect(made.core.registry.metrics.list(id, 'test')).toMatchObject([{ images: 12 }]);
    const states = made.events
      .slice(first)
      .flatMap((event) => (event.kind === 'training' && event.training.active[0] ? [event.training] : []));
    const trained = states.find(({ active }) => active[0]!.loss !== null)!;
    expect(trained.active).toMatchObject([{ device: 'CPU', epochs: 3, steps: 5 }]);
    expect(trained.active[0]!.memoryBytes).toBeGreaterThan(100e6);
    expect(trained.active[0]!.secondsLeft).toBeGreaterThanOrEqual(0);
    expect(trained.queueSecondsLeft).toBeGreaterThanOrEqual(trained.active[0]!.secondsLeft!);
    expect(await made.client.training.log({ runId: id, lines: 100 })).toEqual(expect.any(String));
  });

  test.each(['runs', 'datasets', 'splits'] as const)(
    'that is removed by %s while it is being evaluated can be deleted at once, and restored',
    async (what) => {
      const id = await queue(1);
      await made.heard(phase(id, 'evaluating'));
      const before = readFileSync(path.join(place.home, 'logs', 'falx.log'), 'utf8').length;
      const { datasetId } = await made.client.runs.get({ runId: id });
      const [removed, restored] = {
        runs: [
          () => made.client.runs.remove({ runIds: [id] }),
          () => made.client.runs.restore({ runIds: [id] }),
        ],
        datasets: [
          () => made.client.datasets.remove({ datasetId }),
          () => made.client.datasets.restore({ datasetId }),
        ],
        splits: [
          () => made.client.splits.remove({ splitId: 'sp-scans' }),
          () => made.client.splits.restore({ splitId: 'sp-scans' }),
        ],
      }[what] as [() => Promise<void>, () => Promise<void>];
      await removed();
      expect((await made.client.training.state()).active).toEqual([]);
      expect(made.core.registry.metrics.list(id, 'test')).toEqual([]);
      await restored();

      // As before, but permanently; its evaluation is requested by a window this time.
      const job = await made.client.compare.evaluate({ runIds: [id] });
      await made.client.runs.remove({ runIds: [id] });
      expect(made.core.jobs.job(job.id)).toMatchObject({ state: 'cancelled' });
      const again = await made.client.compare.evaluate({ runIds: [id] });
      await made.client.trash.empty({ ids: [id] });
      expect(made.core.jobs.job(again.id)).toMatchObject({ state: 'cancelled' });
      expect(existsSync(path.join(place.home, 'runs', id))).toBe(false);
      expect(readFileSync(path.join(place.home, 'logs', 'falx.log'), 'utf8').slice(before)).toBe('');
    },
  );

  test('that is stopped keeps its best epoch, and the queue continues', async () => {
    const [id, next] = [await queue(500), await queue(1)];
    await made.heard(isEpoch(id, 2));
    await made.client.training.stop({ runId: id });
    await made.idle();
    expect(made.core.registry.runs.get(id)).toMatchObject({
      status: 'stopped',
      bestEpoch: expect.any(Number),
    });
    expect(made.core.registry.runs.get(next)).toMatchObject({ status: 'done' });
    const [evaluated] = await made.client.compare.evaluated({ runIds: [id] });
    expect(evaluated!.images).toHaveLength(12);
    const before = made.core.registry.metrics.list(id, 'test')[0]!;
    const ended = made.heard(
      (event) => event.kind === 'job' && event.job.kind === 'compare' && event.job.state !== 'running',
    );
    await made.client.compare.evaluate({ runIds: [id], again: true });
    expect(await ended).toMatchObject({ job: { state: 'done' } });
    const after = made.core.registry.metrics.list(id, 'test')[0]!;
    expect(after.created > before.created).toBe(true);
    expect(after.confusion).toEqual(before.confusion);
  });

  test('that is cancelled, also while it is paused, can be put back and trained to its end', async () => {
    const id = await queue(4);
    await made.heard(isEpoch(id, 1));
    await made.client.training.pause({ runId: id });
    await made.client.training.cancel({ runId: id });
    await made.idle();
    expect(made.core.registry.runs.get(id)).toMatchObject({ status: 'interrupted' });
    expect(await made.client.training.requeue({ runId: id })).toMatchObject({ status: 'queued' });
    await made.idle();
    expect(made.core.registry.runs.get(id)).toMatchObject({ status: 'done', error: null });
    expect(made.core.registry.epochs.list(id)).toHaveLength(4);
  });

  test('that is training when Falx ends is interrupted, and queued ones continue on request', async () => {
    const [id, next] = [await queue(500), await queue(1)];
    await made.heard(isEpoch(id, 1));
    await made.close();
    made = await openTestCore(place.home);
    expect(made.core.registry.runs.get(id)).toMatchObject({ status: 'interrupted' });
    expect(await made.client.training.state()).toMatchObject({ active: [], queue: [next] });
    await made.client.training.start();
    await made.idle();
    expect(made.core.registry.runs.get(next)).toMatchObject({ status: 'done' });
  });
});

describe('a trial', () => {
  test('says how long each network would take and how much memory, and leaves nothing', async () => {
    const request = {
      splitId: 'sp-scans',
      networks: ['mobilenetv2', 'resnet50'] as ('mobilenetv2' | 'resnet50')[],
      settings: { weights: 'none', imageSize: 32, epochs: 10, batchSize: 8 },
    };
    const before = made.core.registry.runs.list().length;
    const job = await made.client.training.trial(request);
    expect(job).toMatchObject({ kind: 'trial', state: 'running', subject: 'sp-scans' });
    await expect(made.client.training.trialResult({ jobId: job.id })).rejects.toMatchObject({
      code: 'not-found',
    });
    const settled = await made.core.jobs.settled(job.id);
    expect(settled).toMatchObject({ state: 'done', total: 6, resultId: job.id });
    // On a busy machine the last network may do fewer than three steps.
    expect([4, 5, 6]).toContain(settled.done);
    const estimates = await made.client.training.trialResult({ jobId: job.id });
    expect(estimates.map(({ network }) => network)).toEqual(['mobilenetv2', 'resnet50']);
    for (const estimate of estimates) {
      expect(estimate.device).toBe('CPU');
      expect(estimate.secondsPerStep).toBeGreaterThan(0);
      expect(estimate.secondsToStart).toBeGreaterThan(0);
      // 36 training images are 5 steps of 8, 10 epochs of them.
      expect(estimate.secondsInAll).toBeGreaterThan(50 * estimate.secondsPerStep + estimate.secondsToStart);
      expect(estimate.peakBytes).toBeGreaterThan(100e6);
      expect(estimate.freeBytes).toBeGreaterThan(0);
      expect(estimate.batchThatFits).toBeGreaterThanOrEqual(1);
      expect(estimate.besideTraining).toBe(false);
    }
    expect(estimates[1]!.peakBytes).toBeGreaterThan(estimates[0]!.peakBytes);
    expect(made.core.registry.runs.list()).toHaveLength(before);
  });

  test('says so when a run was trained meanwhile', async () => {
    // Without patience, so that it doesn't stop early before it is cancelled.
    const settings = { weights: 'none', imageSize: 32, epochs: 1000, patience: 0, batchSize: 8 };
    const networks = ['mobilenetv2'] as 'mobilenetv2'[];
    const [run] = await made.client.training.queue({ splitId: 'sp-scans', networks, settings });
    await made.heard((event) => event.kind === 'training' && event.training.active[0]?.phase === 'training');
    const job = await made.client.training.trial({ splitId: 'sp-scans', networks, settings });
    expect(await made.core.jobs.settled(job.id)).toMatchObject({ state: 'done' });
    const [estimate] = await made.client.training.trialResult({ jobId: job.id });
    expect(estimate).toMatchObject({ besideTraining: true });
    await made.client.training.cancel({ runId: run!.id });
    await made.idle();
  });

  test('that is cancelled ends with its worker', async () => {
    const settings = { weights: 'none', imageSize: 224 };
    const request = { splitId: 'sp-scans', networks: ['resnet50'] as 'resnet50'[], settings };
    const job = await made.client.training.trial(request);
    await made.client.jobs.cancel({ jobId: job.id });
    expect(await made.core.jobs.settled(job.id)).toMatchObject({ state: 'cancelled' });
  });
});
