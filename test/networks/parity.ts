import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { defaultSettings, noAugmentation } from '../../src-main/contract/settings.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { keyOf, type Golden, type Mode } from '../goldens/golden.ts';
import { apart, tooFar, type Apart } from './compare-networks.ts';
import { differentiate } from './differentiated.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { GoldenWeight } from '../goldens/golden.ts';

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'falx-parity-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const named = (
  weights: readonly GoldenWeight[],
  values: ReadonlyMap<string, Float32Array>,
): (readonly [string, Float32Array])[] =>
  weights.map((w) => [keyOf(w), values.get(keyOf(w)) as Float32Array]);

/** Outputs within 1e-4 of Keras's, each gradient within 1e-3 of its own norm. */
export function expectSamePass(golden: Golden, size: number, mode: Mode): void {
  const { network } = golden.record;
  const ours = inFolder((folder) =>
    differentiate(folder, network, size, mode, golden.start(), golden.images(size, mode), golden.labels()),
  );
  const features = ours.features.map((row, n) => [`image ${n}`, row] as const);
  expect(tooFar(apart(golden, size, mode, 'features', features), 1e-4)).toEqual([]);
  expect(tooFar(apart(golden, size, mode, 'logits', [['logits', ours.logits]]), 1e-4)).toEqual([]);
  expect(tooFar(apart(golden, size, mode, 'loss', [['loss', Float32Array.of(ours.loss)]]), 1e-4)).toEqual([]);

  expect([...ours.gradients.keys()].sort()).toEqual(golden.trainable.map(keyOf).sort());
  const gradients = apart(golden, size, mode, 'gradients', named(golden.trainable, ours.gradients));
  const { nothing, something } = withoutNothing(gradients);
  expect(tooFar(something, 1e-3)).toEqual([]);
  // A batch's own mean cancels a preceding bias: such gradients are 0, here except for float32 rounding.
  const largest = Math.max(...gradients.map(({ norm }) => norm));
  expect(nothing.filter(({ error }) => !(error < 1e-5 * largest))).toEqual([]);
  expect(nothing.length > 0).toBe(mode === 'batch' && hasBiasBeforeMean[network]);
}

/**
 * Whether a bias (a convolution's, or a linear normalisation's) reaches the next batch normalisation with only linear
 * operations between, so that the batch's mean cancels it.
 */
const hasBiasBeforeMean: Readonly<Record<NetworkName, boolean>> = {
  mobilenetv2: true,
  densenet121: false,
  resnet50: true,
};

/** Gradients that are 0 in exact arithmetic; Keras computes in float64, so its own are then below 1e-12 of the rest. */
function withoutNothing(gradients: readonly Apart[]): { nothing: Apart[]; something: Apart[] } {
  const largest = Math.max(...gradients.map(({ norm }) => norm));
  const isNothing = ({ norm }: Apart): boolean => norm < 1e-12 * largest;
  return {
    nothing: gradients.filter(isNothing),
    something: gradients.filter((gradient) => !isNothing(gradient)),
  };
}

const rate = 1e-3;

/**
 * Adam's first step is plus or minus the learning rate, whatever the gradient's size, so a number whose gradient is below
 * its rounding may go either way: in a large array, one in a hundred thousand. Twice the resulting error, since a summary
 * exaggerates the error of a single number by up to √3.
 */
const signTolerance = (length: number): number =>
  length < 1000 ? 0 : 2 * 2 * rate * Math.sqrt(Math.ceil(length * 1e-5));

/** After one step of Adam by the training graph: weights and running statistics within 1e-4 of Keras's. */
export function expectSameStep(golden: Golden, size: number, mode: Mode): void {
  const { network, batch } = golden.record;
  const start = golden.start();
  const defaults = defaultSettings(network, false, size);
  const settings = { ...defaults, batchNorm: mode, batchSize: batch, optimiser: 'adam' as const, dropout: 0 };
  const { loss, after } = inFolder((folder) => {
    const engine = new Engine(folder, { ...settings, augmentation: noAugmentation }, ['all']);
    try {
      engine.assign(start);
      const step = engine.step('all', {
        pixels: golden.images(size, mode),
        labels: golden.labels(),
        weights: new Float32Array(batch).fill(1),
        rate,
        step: 1,
        momentum: 1,
        seed: [1, 2],
      });
      return { loss: step.loss, after: engine.weights() };
    } finally {
      engine.close();
    }
  });
  expect(tooFar(apart(golden, size, mode, 'loss', [['loss', Float32Array.of(loss)]]), 1e-4)).toEqual([]);
  const weights = apart(golden, size, mode, 'adam', named(golden.trainable, after));
  expect(tooFar(weights, 1e-4, signTolerance)).toEqual([]);
  if (mode === 'batch')
    expect(tooFar(apart(golden, size, mode, 'statistics', named(golden.statistics, after)), 1e-4)).toEqual(
      [],
    );
  else for (const w of golden.statistics) expect(after.get(keyOf(w))).toEqual(start.get(keyOf(w)));
}
