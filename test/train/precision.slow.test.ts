import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { networkNames, type NetworkName } from '../../src-main/contract/networks.ts';
import { defaultSettings, noAugmentation, type TrainingSettings } from '../../src-main/contract/settings.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { initialValue } from '../../src-main/networks/initial.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { canRun } from '../graph/calculator.ts';

const home = mkdtempSync(join(tmpdir(), 'falx-precision-'));
afterAll(() => rmSync(home, { recursive: true }));

const side = 128;
const batch = 8;
const steps = 5;

/** Losses of the first steps on one batch of noise, which a network memorises. */
function losses(network: NetworkName, precision: TrainingSettings['precision']): number[] {
  const settings: TrainingSettings = {
    ...defaultSettings(network, false, side),
    optimiser: 'adam',
    batchSize: batch,
    dropout: 0,
    augmentation: noAugmentation,
    precision,
  };
  const engine = new Engine(mkdtempSync(join(home, 'run-')), settings, ['all']);
  engine.assign(new Map(engine.model.parameters.map((p) => [p.key, initialValue(p, 7)])));
  const random = randomFrom(5, 'pixels');
  const pixels = Uint8Array.from({ length: batch * side * side * 3 }, () => 255 * random());
  const labels = Float32Array.from({ length: batch }, (_, i) => i % 2);
  const weights = new Float32Array(batch).fill(1);
  const found = Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    return engine.step('all', { pixels, labels, weights, rate: 1e-4, step, momentum: 1, seed: [7, step] })
      .loss;
  });
  engine.close();
  return found;
}

describe.skipIf(!canRun)('training with bfloat16 maps', () => {
  test.each(networkNames)('%s learns a batch as it does in float32', (network) => {
    const exact = losses(network, 'float32');
    const coarse = losses(network, 'bfloat16');
    const said = `float32 ${exact.join(', ')}; bfloat16 ${coarse.join(', ')}`;
    expect(coarse, 'or nothing was computed in bfloat16').not.toEqual(exact);
    expect(Math.abs(coarse[0]! - exact[0]!) / exact[0]!, said).toBeLessThan(0.15);
    const left = (of: number[]): number => of.at(-1)! / of[0]!;
    expect(left(exact), said).toBeLessThan(0.75);
    expect(left(coarse), said).toBeLessThan(left(exact) + 0.25);
  });
});
