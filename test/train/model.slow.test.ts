import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { Session } from '../../src-main/tensorflow/session.ts';
import { numbers } from '../../src-main/train/engine.ts';
import { train } from '../../src-main/train/loop.ts';
import { crossEntropyOf } from '../../src-main/statistics/cross-entropy.ts';
import { canRun } from '../graph/calculator.ts';
import { kerasPython, python } from '../python.ts';
import * as sample from '../registry/sample-records.ts';
import { networkNames, type NetworkName } from '../../src-main/contract/networks.ts';
import type { LabelledRows, TrainControl, TrainPacket, TrainPlan } from '../../src-main/contract/packets.ts';
import type { TrainingSettings } from '../../src-main/contract/settings.ts';

const home = mkdtempSync(join(tmpdir(), 'falx-model-'));
afterAll(() => rmSync(home, { recursive: true }));

const side = 32;
const images = 40;
const rowBytes = side * side * 3;
const pixelFile = { path: join(home, 'pixels.bin'), imageSize: side, count: images };
writeFileSync(pixelFile.path, scans());

/** Noise, with a bright square somewhere in every second picture; uint8 [images, side, side, 3]. */
function scans(): Uint8Array {
  const random = randomFrom(11, 'scans');
  const pixels = Uint8Array.from({ length: images * rowBytes }, () => 40 + 40 * random());
  for (let image = 1; image < images; image += 2) {
    const [left, top] = [random(), random()].map((part) => Math.floor(part * (side - 10))) as [
      number,
      number,
    ];
    for (let y = top; y < top + 10; y++) {
      const from = image * rowBytes + 3 * (y * side + left);
      pixels.fill(220, from, from + 30);
    }
  }
  return pixels;
}

const rowsFrom = (from: number, to: number): LabelledRows => {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return { rows, labels: rows.map((row) => (row % 2 === 0 ? 0 : 1)) };
};

let plans = 0;
function plan(
  changed: Partial<TrainingSettings>,
  parts: Partial<Pick<TrainPlan, 'train' | 'validation'>> = {},
  network: NetworkName = 'mobilenetv2',
): TrainPlan {
  const folder = mkdtempSync(join(home, 'run-'));
  const settings = { ...defaultSettings(network, false, side), batchSize: 4, patience: 0, ...changed };
  return {
    runId: `run-test-${++plans}`,
    folder,
    settings,
    weightsFile: null,
    pixelFile,
    train: rowsFrom(0, 26),
    validation: rowsFrom(26, images),
    classes: ['Healthy', 'Brain Tumor'],
    resume: false,
    ...parts,
  };
}

/** Trains in this process, with a checkpoint every epoch. `heard` receives each packet and may send a control. */
async function trained(
  what: TrainPlan,
  heard: (packet: TrainPacket, ask: (control: TrainControl) => void) => void = () => undefined,
) {
  let wake = (): void => undefined;
  const controls = {
    latest: null as TrainControl | null,
    changed: () => new Promise<void>((resolve) => (wake = resolve)),
  };
  const packets: TrainPacket[] = [];
  const ask = (control: TrainControl): void => {
    controls.latest = control;
    wake();
  };
  const kept = await train(
    what,
    controls,
    (packet) => {
      packets.push(packet);
      heard(packet, ask);
    },
    0,
  );
  const epochs = packets.flatMap((packet) => (packet.kind === 'epoch' ? [packet.epoch] : []));
  return { kept, packets, epochs, done: packets.find((packet) => packet.kind === 'done') };
}

/** The files with a run's weights, by name. */
const variables = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(join(folder, 'variables'))
      .toSorted((a, b) => a.localeCompare(b))
      .map((name) => [name, readFileSync(join(folder, 'variables', name))]),
  );
function same(a: Map<string, Buffer>, b: Map<string, Buffer>): boolean {
  expect([...a.keys()]).toEqual(['variables.data-00000-of-00001', 'variables.index']);
  expect([...b.keys()]).toEqual([...a.keys()]);
  return [...a].every(([name, bytes]) => bytes.equals(b.get(name)!));
}

/** The answers of a finished run's folder, from the predict worker. */
async function answers(what: TrainPlan, { rows }: LabelledRows): Promise<Float32Array> {
  const run = { ...sample.run(what.runId, 'sp-test'), folder: what.folder, status: 'done' as const };
  const predictor = await Predictor.open(run, home);
  try {
    return (await predictor.rows(pixelFile, rows, 8)).probabilities;
  } finally {
    await predictor.close();
  }
}

/** The same for its validation set, from the saved graph itself. */
function saved({ folder, validation }: TrainPlan): Float32Array {
  const { rows } = validation;
  const data = readFileSync(pixelFile.path).subarray(rows[0]! * rowBytes, (rows.at(-1)! + 1) * rowBytes);
  const session = new Session(folder);
  try {
    const pixels = { dtype: 'uint8', shape: [rows.length, side, side, 3], data } as const;
    return numbers(session.run({ 'predict/images:0': pixels }, ['predict/probability:0'])[0]);
  } finally {
    session.close();
  }
}
const logitsOf = (probabilities: Float32Array) => probabilities.map((p) => Math.log(p / (1 - p)));

describe.skipIf(!canRun)('training', () => {
  test.each(networkNames)('of %s gives the same weights, bit for bit, for the same seed', async (network) => {
    const small = { train: rowsFrom(0, 14), validation: rowsFrom(14, 16) };
    const files = [];
    // That another seed gives other weights is shown with the fastest network.
    const seeds = network === 'mobilenetv2' ? [7, 7, 8] : [7, 7];
    for (const seed of seeds) {
      const what = plan({ epochs: 1, seed }, small, network);
      expect((await trained(what)).kept).toBe(true);
      files.push(variables(what.folder));
    }
    const [first, again, other] = files;
    expect(same(first!, again!)).toBe(true);
    if (other) expect(same(first!, other)).toBe(false);
  });

  test('that was interrupted and resumed ends with the weights of one that was not', async () => {
    // Without a validation set the last epoch is kept, so the resumed epochs are all included.
    const parts = { validation: { rows: [], labels: [] } };
    const whole = plan({ epochs: 4 }, parts);
    const uninterrupted = await trained(whole);

    const broken = plan({ epochs: 4 }, parts);
    const first = await trained(broken, (packet, ask) => {
      if (packet.kind === 'progress' && packet.epoch === 3) ask('cancel');
    });
    expect(first.kept).toBe(false);
    expect(first.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(readdirSync(broken.folder)).toContain('checkpoint-2');
    const second = await trained({ ...broken, resume: true });
    expect(second.packets.filter(({ kind }) => kind === 'progress')[0]).toMatchObject({ epoch: 3, step: 1 });

    expect(same(variables(whole.folder), variables(broken.folder))).toBe(true);
    const told = (epochs: typeof second.epochs) =>
      epochs.map(({ epoch, trainLoss, trainAccuracy, learningRate }) => ({
        epoch,
        trainLoss,
        trainAccuracy,
        learningRate,
      }));
    expect(told(second.epochs)).toEqual(told(uninterrupted.epochs));
  });

  test('can be paused, resumed and stopped, and keeps its best epoch', async () => {
    const what = plan({ epochs: 500, schedule: 'constant', learningRate: 3e-3 });
    let paused = false;
    let toldWhilePaused = 0;
    const { kept, epochs, done } = await trained(what, (packet, ask) => {
      if (packet.kind !== 'progress') return;
      if (paused) toldWhilePaused++;
      if (packet.epoch === 2 && packet.step === 1 && !paused) {
        paused = true;
        ask('pause');
        void wait(1000).then(() => {
          paused = false;
          ask('resume');
        });
      }
      if (packet.epoch === 5) ask('stop');
    });
    expect(kept).toBe(true);
    expect(toldWhilePaused).toBe(0);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);

    const losses = epochs.map((epoch) => epoch.validationLoss!);
    const lowest = Math.min(...losses);
    expect(done).toMatchObject({
      stoppedByUser: true,
      stoppedEarly: false,
      bestEpoch: losses.indexOf(lowest) + 1,
    });
    expect(readdirSync(what.folder).toSorted((a, b) => a.localeCompare(b))).toEqual(
      ['falx.json', 'frozen', 'manifest.json', 'saved_model.pb', 'variables'].toSorted((a, b) =>
        a.localeCompare(b),
      ),
    );
    // The kept weights are those of that epoch: they have the same loss.
    const found = crossEntropyOf(logitsOf(await answers(what, what.validation)), what.validation.labels);
    expect(Math.abs(found - lowest)).toBeLessThan(1e-3 * lowest);
  });

  test('stops early once the validation loss has not fallen for the given patience', async () => {
    // Such a high learning rate soon destroys what was learned.
    const what = plan({
      epochs: 30,
      patience: 2,
      learningRate: 0.5,
      schedule: 'constant',
      optimiser: 'adam',
    });
    const { epochs, done } = await trained(what);
    const losses = epochs.map((epoch) => epoch.validationLoss!);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(done).toMatchObject({ stoppedEarly: true, stoppedByUser: false, bestEpoch: best });
    expect(epochs).toHaveLength(best + 2);
  });

  test('leaves a folder that TensorFlow in Python opens and that answers there as here', async () => {
    const what = plan({ epochs: 2 });
    await trained(what);
    const here = await answers(what, what.validation);
    const script = `
import json, sys
import numpy as np
import tensorflow as tf
folder, pixels, side, first = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
images = np.fromfile(pixels, np.uint8).reshape(-1, side, side, 3)[first:]
found = tf.saved_model.load(folder).signatures['serving_default'](images=tf.constant(images))
print(json.dumps({name: value.numpy().tolist() for name, value in found.items()}))
`;
    const args = ['-c', script, what.folder, pixelFile.path, String(side), String(what.validation.rows[0])];
    const there = JSON.parse(await python(await kerasPython(), args)) as Record<
      'probability' | 'logit',
      number[]
    >;
    expect(there.probability).toHaveLength(here.length);
    const sameGraph = saved(what);
    there.probability.forEach((p, i) => {
      expect(Math.abs(p - sameGraph[i]!)).toBeLessThan(1e-6);
      expect(Math.abs(p - 1 / (1 + Math.exp(-there.logit[i]!)))).toBeLessThan(1e-6);
      // The worker's graph has folded weights, which this one folds each time.
      expect(Math.abs(p - here[i]!)).toBeLessThan(1e-5);
    });
    // Not all equal, or the comparison would prove little.
    expect(Math.max(...here) - Math.min(...here)).toBeGreaterThan(1e-3);
  });
});
