import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';
import { plannedSettings } from '../../src-main/train/train-handlers.ts';

/** What the queue does without training anything: each test has a home folder with three queued runs. */
let place: ReturnType<typeof newHome>;
let made: TestCore;

beforeEach(async () => {
  place = newHome();
  made = await openTestCore(place.home, (registry) => {
    registry.datasets.add(sample.dataset('ds-1'), [sample.image('a.png')], []);
    registry.splits.add(sample.split('sp-1', 'ds-1'), []);
    for (const id of ['run-1', 'run-2', 'run-3']) registry.runs.add(sample.run(id, 'sp-1'));
  });
});
afterEach(async () => {
  await made.close();
  place.remove();
});

describe('runs that an earlier Falx left waiting', () => {
  test('are shown and not begun', async () => {
    expect(await made.client.training.state()).toEqual({
      active: [],
      devices: [],
      queue: ['run-1', 'run-2', 'run-3'],
      queueSecondsLeft: null,
      trainedElsewhere: false,
      held: false,
    });
  });

  test('are not begun, though it is asked for, while something else has the devices', async () => {
    const { training } = made.core;
    const ended = Promise.withResolvers<void>();
    const held = training.withDevicesHeld(() => ended.promise);
    await made.client.training.start();
    await training.devicesChanged(); // which gives free devices runs
    const waiting = { active: [], queue: ['run-1', 'run-2', 'run-3'] };
    expect(await made.client.training.state()).toMatchObject({ ...waiting, held: true });
    expect(training.currentRun).toBeNull();
    for (const runId of waiting.queue) await made.client.training.cancel({ runId });
    ended.resolve();
    await held;
    expect(await made.client.training.state()).toMatchObject({ queue: [], held: false });
  });

  test('can be moved, and leave the queue when they are cancelled', async () => {
    await made.client.training.move({ runId: 'run-3', to: 0 });
    await made.client.training.cancel({ runId: 'run-1' });
    expect((await made.client.training.state()).queue).toEqual(['run-3', 'run-2']);
    expect(await made.client.runs.get({ runId: 'run-1' })).toMatchObject({
      run: { status: 'interrupted', error: expect.stringMatching(/taken out of the queue/) },
    });
  });

  test.each(['pause', 'resume', 'stop'] as const)('can have no %s', async (verb) => {
    await expect(made.client.training[verb]({ runId: 'run-1' })).rejects.toMatchObject({
      code: 'bad-run',
      message: 'run-1 is queued, so it is not being trained.',
    });
  });

  test('that are unknown are not found', async () => {
    for (const verb of ['pause', 'cancel', 'requeue'] as const)
      await expect(made.client.training[verb]({ runId: 'run-none' })).rejects.toMatchObject({
        code: 'not-found',
      });
  });

  test('leave the queue when they are removed, and can be put back', async () => {
    await made.client.runs.remove({ runIds: ['run-2'] });
    expect((await made.client.training.state()).queue).toEqual(['run-1', 'run-3']);
    await expect(made.client.training.requeue({ runId: 'run-2' })).rejects.toMatchObject({ code: 'bad-run' });
    await made.client.runs.restore({ runIds: ['run-2'] });
    expect(await made.client.runs.get({ runId: 'run-2' })).toMatchObject({
      run: { status: 'interrupted', removed: null },
    });
  });
});

describe('a run that another process trains', () => {
  let other: Registry;
  beforeEach(() => {
    // The parent lives as long as this test does, and is another process.
    other = Registry.open(place.home);
    other.queue.claimNext(process.ppid, ['run-2']);
  });
  afterEach(() => other.close());

  test('is shown as trained elsewhere, keeps the queue waiting, and is not this one’s to stop', async () => {
    await made.client.training.start();
    expect(await made.client.training.state()).toEqual({
      active: [],
      devices: [],
      queue: ['run-1', 'run-3'],
      queueSecondsLeft: null,
      trainedElsewhere: true,
      held: false,
    });
    await expect(made.client.training.stop({ runId: 'run-2' })).rejects.toMatchObject({
      message: expect.stringMatching(/trained by another Falx/),
    });
    await expect(made.client.runs.remove({ runIds: ['run-2'] })).rejects.toMatchObject({ code: 'bad-run' });
  });

  test('is noticed with what it writes, and so is its end', async () => {
    await made.client.training.start();
    // Queued runs must not be started when it ends.
    for (const runId of ['run-1', 'run-3']) await made.client.training.cancel({ runId });
    const metrics = made.heard((event) => event.kind === 'changed' && event.table === 'metrics');
    other.epochs.add('run-2', sample.epoch(1));
    await metrics;
    const ended = made.heard((event) => event.kind === 'training' && !event.training.trainedElsewhere);
    other.runs.update('run-2', { status: 'done' });
    await ended;
  });
});

test('the log is the end of what the trainer printed', async () => {
  expect(await made.client.training.log({ runId: 'run-1', lines: 2 })).toBe('');
  mkdirSync(path.join(place.home, 'logs'), { recursive: true });
  const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}`);
  writeFileSync(path.join(place.home, 'logs', 'run-1.log'), `${lines.join('\n')}\n`);
  expect(await made.client.training.log({ runId: 'run-1', lines: 2 })).toBe('line 99998\nline 99999');
  const most = (await made.client.training.log({ runId: 'run-1', lines: 5000 })).split('\n');
  expect(most).toEqual(lines.slice(-5000));
});

test('the settings asked for are the defaults with what differs', async () => {
  const [first, second] = await plannedSettings({
    home: place.home,
    networks: ['resnet50', 'mobilenetv2'],
    overrides: { weights: 'none', epochs: 3, augmentation: { rotation: 0 } },
  });
  expect(first).toMatchObject({ network: 'resnet50', weights: 'none', epochs: 3, learningRate: 0.001 });
  expect(second).toMatchObject({ network: 'mobilenetv2', augmentation: { rotation: 0, zoom: 0.1 } });
});
