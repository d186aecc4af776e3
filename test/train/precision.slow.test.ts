import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { networkNames, type NetworkName } from '../../src-main/contract/networks.ts';
import { defaultSettings, noAugmentation, type TrainingSettings } from '../../src-main/contract/settings.ts';
import { randomFrom } from '../../src-main/graph/random.ts';
import { initialValue } from '../../src-main/networks/initial.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { canRun } from '../graph/calculator.ts';

const home = mkdtempSync(join(tmpdir(), 'falx-precision-'));
afterAll(() => rmSync(home, { recursive: true }));

const side = 64;
const batch = 8;

/** One step of plain gradient descent: its loss, and the gradient read off the weights that changed by it. */
function step(network: NetworkName, precision: TrainingSettings['precision']) {
  const settings: TrainingSettings = {
    ...defaultSettings(network, false, side),
    optimiser: 'sgd',
    momentum: 0,
    batchSize: batch,
    dropout: 0,
    augmentation: noAugmentation,
    precision,
  };
  const engine = new Engine(mkdtempSync(join(home, 'run-')), settings, ['all']);
  const before = new Map(engine.model.parameters.map((p) => [p.key, initialValue(p, 7)]));
  engine.assign(before);
  const random = randomFrom(5, 'pixels');
  const { loss } = engine.step('all', {
    pixels: Uint8Array.from({ length: batch * side * side * 3 }, () => 255 * random()),
    labels: Float32Array.from({ length: batch }, (_, i) => i % 2),
    weights: new Float32Array(batch).fill(1),
    rate: 1,
    step: 1,
    momentum: 1,
    seed: [7, 1],
  });
  const after = engine.weights();
  engine.close();
  const gradient = new Map(
    [...before].map(([key, values]) => [key, values.map((value, i) => value - after.get(key)![i]!)]),
  );
  return { loss, gradient };
}

function cosine(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [key, values] of a)
    values.forEach((x, i) => {
      const y = b.get(key)![i]!;
      ab += x * y;
      aa += x * x;
      bb += y * y;
    });
  return ab / Math.sqrt(aa * bb);
}

describe.skipIf(!canRun)('training with bfloat16 maps', () => {
  test.each(networkNames)('%s: the loss and the direction of the gradient are those of float32', (network) => {
    const exact = step(network, 'float32');
    const coarse = step(network, 'bfloat16');
    expect(Math.abs(coarse.loss - exact.loss) / exact.loss).toBeLessThan(0.03);
    expect(coarse.loss).not.toBe(exact.loss); // or nothing was computed in bfloat16
    // 8 significant bits through some 100 layers: the angle stays below 25 degrees.
    expect(cosine(exact.gradient, coarse.gradient)).toBeGreaterThan(0.9);
  });
});
