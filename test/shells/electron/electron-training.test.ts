import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ActiveRun, TrainingState } from '../../../src-main/contract/views.ts';
import { Started } from './started.ts';
import { eventually } from '../../eventually.ts';

const onLinux = process.platform === 'linux';
let started: Started;
beforeEach(() => {
  started = new Started();
});
afterEach(() => started.close());

const active = (change: Partial<ActiveRun> = {}): ActiveRun => ({
  runId: 'run-1',
  network: 'resnet50',
  deviceId: 'cpu',
  phase: 'training',
  pixels: null,
  epoch: 3,
  epochs: 10,
  step: 5,
  steps: 10,
  loss: 0.4,
  learningRate: 1e-3,
  imagesPerSecond: 12,
  secondsLeft: 60,
  memoryBytes: null,
  device: 'CPU',
  warnings: [],
  ...change,
});
const training = (active: ActiveRun[]): TrainingState => ({
  active,
  devices: [],
  queue: [],
  queueSecondsLeft: null,
  trainedElsewhere: false,
  held: false,
});
const tell = (...runs: ActiveRun[]) => started.core.hub.emit({ kind: 'training', training: training(runs) });

describe('a training', () => {
  it('is shown on the taskbar and keeps the machine awake', async () => {
    const { window, power } = await started.start();
    tell(active({ phase: 'starting' }));
    // Linux has no indeterminate progress bar.
    const beginning = onLinux ? { value: 0, mode: 'normal' } : { value: 2, mode: 'indeterminate' };
    await eventually(() => expect(window.progress).toEqual(beginning));
    expect([...power.blocking.values()]).toEqual(['prevent-app-suspension']);

    tell(active());
    // Two and a half epochs of ten.
    await eventually(() => expect(window.progress).toEqual({ value: 0.25, mode: 'normal' }));
    tell(active({ phase: 'paused' }));
    await eventually(() => expect(window.progress.mode).toBe('paused'));
    expect(power.blocking.size).toBe(0);
    tell(active());
    await eventually(() => expect(power.blocking.size).toBe(1));
  });

  it('ends with a question when Falx is closed, which may be answered with staying', async () => {
    const standIn = await started.start();
    tell(active());
    await eventually(() => expect(standIn.window.progress.value).toBe(0.25));
    standIn.dialog.answers.push(null);
    standIn.window.close();
    await eventually(() => expect(standIn.dialog.asked).toHaveLength(1));
    expect(standIn.dialog.asked[0]?.options).toMatchObject({
      message: 'ResNet50 is being trained. What should happen to it?',
      buttons: ['Stop and keep the best epoch', 'Interrupt; resume it later', 'Continue training'],
      defaultId: 2,
      cancelId: 2,
    });
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect(standIn.app.ended).toBeNull();
    expect(standIn.window).toMatchObject({ destroyed: false, shown: true });
  });

  it('with another one shows their mean, and is asked about together with it', async () => {
    const standIn = await started.start();
    const second = active({ runId: 'run-2', network: 'densenet121', phase: 'starting', epoch: 0, step: 0 });
    tell(active(), second);
    // A quarter of the first, nothing of the second.
    await eventually(() => expect(standIn.window.progress).toEqual({ value: 0.125, mode: 'normal' }));
    tell(active({ phase: 'paused' }), second);
    await eventually(() => expect(standIn.window.progress.mode).toBe('normal'));
    expect(standIn.power.blocking.size).toBe(1);
    standIn.dialog.answers.push(null);
    standIn.window.close();
    await eventually(() => expect(standIn.dialog.asked).toHaveLength(1));
    expect(standIn.dialog.asked[0]?.options).toMatchObject({
      title: '2 networks are being trained',
      message: '2 networks are being trained: ResNet50, DenseNet121. What should happen to them?',
    });
  });

  it('is interrupted if that is the answer', async () => {
    const standIn = await started.start();
    tell(active());
    await eventually(() => expect(standIn.window.progress.value).toBe(0.25));
    standIn.dialog.answers.push({ response: 1 });
    standIn.app.quit();
    await eventually(() => expect(standIn.app.ended).toBe('quit'));
    expect(standIn.window.destroyed).toBe(true);
    expect(standIn.power.blocking.size).toBe(0);
  });

  it('asks nothing when the system ends Falx', async () => {
    const standIn = await started.start();
    tell(active());
    await started.desktop.end();
    expect(standIn.app.ended).toBe('quit');
    expect(standIn.dialog.asked).toEqual([]);
  });
});

it('without a training Falx is closed without a question', async () => {
  const standIn = await started.start();
  standIn.window.close();
  await eventually(() => expect(standIn.app.ended).toBe('quit'));
  expect(standIn.dialog.asked).toEqual([]);
});

describe('one event that can’t be handled', () => {
  it('ends nothing: the question at the end, the machine kept awake, the menu’s language', async () => {
    const standIn = await started.start();
    const { power, window } = standIn;
    tell(active({ runId: 'run-gone' }));
    await eventually(() => expect(power.blocking.size).toBe(1));
    // It has ended, and its record can't be read.
    const failed = vi.spyOn(started.core.log, 'error');
    tell();
    await eventually(() => expect(failed).toHaveBeenCalled());
    expect(power.blocking.size).toBe(0);

    tell(active());
    await eventually(() => expect(window.progress.value).toBe(0.25));
    expect(power.blocking.size).toBe(1);
    await started.openPage(standIn).link.client.app.setPreferences({ language: 'ko' });
    await eventually(() => expect(standIn.menu[0]?.label).toBe('파일'));
    standIn.dialog.answers.push(null);
    window.close();
    await eventually(() => expect(standIn.dialog.asked).toHaveLength(1));
    expect(standIn.app.ended).toBeNull();
  });
});
