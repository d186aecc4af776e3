import { describe, expect, test } from 'vitest';
import type { Epoch, Run } from '../../src-main/contract/records.ts';
import type { ActiveRun, RunView, TrainingState } from '../../src-main/contract/views.ts';
import { modelBytesOf, networkNames, networkTable } from '../../src-main/contract/networks.ts';
import { networks } from '../../src-main/networks/index.ts';
import { specOf } from '../../src-main/networks/weights/spec.ts';
import { fits } from '../../src-renderer/stages/train/estimates.ts';
import { withEpoch } from '../../src-renderer/stages/train/curves.ts';
import { reasonText } from '../../src-renderer/stages/train/train-texts.ts';
import { fractionDone, shownByDefault, situationOf } from '../../src-renderer/stages/train/progress.ts';

describe('a card', () => {
  test.each(networkNames)('of %s says what the network is', (name) => {
    const network = networks[name];
    // The head: one weight per channel, and a bias.
    const backbone = specOf(name).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(networkTable[name].parameters).toBe(backbone + network.channels + 1);
    expect(modelBytesOf(name)).toBe(4 * (backbone + network.channels + 1));
    // Keras's file contains the backbone's weights, 4 bytes each, and little else.
    const { bytes } = networkTable[name].weights;
    expect(bytes, 'weights.bytes').toBeGreaterThan(4 * backbone);
    expect(bytes, 'weights.bytes').toBeLessThan(4 * backbone * 1.06);
  });
});

const view = (id: string, change: Partial<Omit<RunView, 'run'>> & { run?: Partial<Run> } = {}): RunView =>
  ({
    epochsDone: 0,
    hasModel: false,
    ...change,
    run: {
      id,
      splitId: 'split-a',
      network: 'mobilenetv2',
      status: 'queued',
      created: '2026-01-01T00:00:00.000Z',
      started: null,
      ended: null,
      ...change.run,
    },
  }) as RunView;
const idle: TrainingState = {
  active: [],
  devices: [],
  queue: [],
  queueSecondsLeft: null,
  trainedElsewhere: false,
  held: false,
};
const training = (runId: string): ActiveRun => ({ runId }) as ActiveRun;
const done = (id: string, ended: string) => view(id, { hasModel: true, run: { status: 'done', ended } });

describe('what goes on', () => {
  test('while one trains: it, those that wait in order, those that are over, the last first', () => {
    const runs = [
      done('run-1', '2026-01-01T10:00:00.000Z'),
      done('run-2', '2026-01-01T11:00:00.000Z'),
      view('run-3', { run: { status: 'running' } }),
      view('run-4'),
      view('run-5', { run: { splitId: 'split-b' } }),
    ];
    const state = { ...idle, active: [training('run-3')], queue: ['run-5', 'run-4'] };
    const seen = situationOf(runs, state, 'split-a');
    expect(seen.active.map(({ view }) => view.run.id)).toEqual(['run-3']);
    expect(seen.waiting.map(({ runId, ofSplit }) => [runId, ofSplit])).toEqual([
      ['run-5', false],
      ['run-4', true],
    ]);
    expect(seen.ended.map(({ run }) => run.id)).toEqual(['run-2', 'run-1']);
    expect(seen).toMatchObject({ others: [], stalled: false, done: false });
    expect(situationOf(runs, state, 'split-b')).toMatchObject({
      active: [],
      others: [{ runId: 'run-3' }],
      done: false,
    });
  });

  test('a queue that nothing processes is stalled, unless another Falx does', () => {
    const state = { ...idle, queue: ['run-4'] };
    expect(situationOf([view('run-4')], state, 'split-a').stalled).toBe(true);
    expect(situationOf([view('run-4')], { ...state, held: true }, 'split-a').stalled).toBe(false);
    expect(situationOf([view('run-4')], { ...state, trainedElsewhere: true }, 'split-a').stalled).toBe(false);
  });

  test('is done when there is a model and nothing more to come', () => {
    expect(situationOf([done('run-1', '2026-01-01T10:00:00.000Z')], idle, 'split-a').done).toBe(true);
    expect(situationOf([view('run-1', { run: { status: 'failed' } })], idle, 'split-a').done).toBe(false);
    expect(situationOf([], idle, 'split-a').done).toBe(false);
  });

  test('draws the newest run of each network by default', () => {
    const at = (id: string, created: string, change: Partial<Run> = {}, epochsDone = 3) =>
      view(id, { epochsDone, run: { created, status: 'done', ...change } });
    const shown = shownByDefault([
      at('run-1', '2026-01-01T00:00:00.000Z'),
      at('run-2', '2026-01-02T00:00:00.000Z'),
      at('run-3', '2026-01-03T00:00:00.000Z', { status: 'queued' }, 0),
      at('run-4', '2026-01-01T00:00:00.000Z', { network: 'resnet50', status: 'running' }, 0),
      at('run-5', '2026-01-01T00:00:00.000Z', { network: 'densenet121' }),
      at('run-6', '2026-01-02T00:00:00.000Z', { network: 'densenet121', status: 'interrupted' }, 0),
    ]);
    expect([...shown].sort()).toEqual(['run-3', 'run-4', 'run-5']);
  });
});

describe('progress', () => {
  const at = { phase: 'training', pixels: null, epoch: 3, epochs: 10, step: 5, steps: 20 } as const;

  test('is a share of all steps', () => {
    // (2 × 20 + 5) / (10 × 20)
    expect(fractionDone(at)).toBeCloseTo(0.225);
    expect(fractionDone({ ...at, epoch: 10, step: 20 })).toBe(1);
    expect(fractionDone({ ...at, epoch: 0, step: 0 })).toBe(0);
  });

  test('of preparing is a share of the images, and unknown while there is nothing to count', () => {
    expect(fractionDone({ ...at, phase: 'preparing', pixels: { done: 30, total: 120 } })).toBe(0.25);
    expect(fractionDone({ ...at, phase: 'preparing' })).toBeNull();
    expect(fractionDone({ ...at, phase: 'starting' })).toBeNull();
  });

  test('an epoch reported twice counts once, whenever it arrives', () => {
    const epoch = (number: number, trainLoss = 1) => ({ epoch: number, trainLoss }) as Epoch;
    const known = [epoch(1), epoch(2), epoch(3)];
    expect(withEpoch(known, epoch(4)).map((e) => e.epoch)).toEqual([1, 2, 3, 4]);
    expect(withEpoch(known, epoch(2, 0.5)).map((e) => e.trainLoss)).toEqual([1, 0.5, 1]);
    expect(withEpoch([], epoch(1))).toHaveLength(1);
  });

  test('memory suffices with a tenth to spare', () => {
    expect(fits({ peakBytes: 9e9, freeBytes: 10e9 })).toBe(true);
    expect(fits({ peakBytes: 9.1e9, freeBytes: 10e9 })).toBe(false);
  });
});

describe('why a run ended', () => {
  const error = 'It was interrupted. Resume it in the window, or with "falx train --resume run-1".';

  test('is worded without the command line, from the core’s code', () => {
    expect(reasonText({ error, errorFacts: { why: 'runBrokenOff' } })).toBe('It was interrupted.');
  });

  test('is the stored sentence where there is no code', () => {
    expect(reasonText({ error })).toBe(error);
  });
});
