import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { detailsOf } from '../contract/messages/say.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import { Engine } from './engine.ts';
import type { Scope } from './model.ts';
import { startingWeights } from './starting-weights.ts';

/** A training step that ran out of memory. */
export class NoMemoryForStep extends Error {
  readonly scope: Scope;

  /** @param cause FalxError `out-of-memory`. */
  constructor(scope: Scope, cause: Error) {
    super(cause.message, { cause });
    this.scope = scope;
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof FalxError && error.code === 'out-of-memory';

/**
 * The batch size that fits where a run's own does not, by trying half of it, a quarter, … each in a graph of its own, since a graph
 * has a fixed batch size. The run's own must be closed.
 * @returns 0 if not even one image fits; null if something else went wrong.
 */
export async function batchThatFits(settings: TrainingSettings, scope: Scope): Promise<number | null> {
  try {
    return await largestThatFits(settings.batchSize, (batchSize) => step({ ...settings, batchSize }, scope));
  } catch (error) {
    console.error(error);
    return null;
  }
}

/**
 * The first size that fits, halving: training can continue with that, and the exact maximum would take long to find.
 * @param attempt throws `out-of-memory` if that many don't fit.
 * @returns 0 if not even one does.
 */
export async function largestThatFits(
  batch: number,
  attempt: (count: number) => Promise<void>,
): Promise<number> {
  for (let count = batch >> 1; count >= 1; count >>= 1)
    try {
      await attempt(count);
      return count;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    }
  return 0;
}

/** One step from random weights on grey images. */
async function step(settings: TrainingSettings, scope: Scope): Promise<void> {
  const { batchSize, seed, network, pixels, learningRate } = settings;
  const folder = await mkdtemp(path.join(tmpdir(), 'falx-fits-'));
  try {
    const engine = new Engine(folder, settings, [scope]);
    try {
      engine.assign((await startingWeights(null, network, engine.model.parameters, seed)).values);
      engine.step(scope, {
        pixels: new Uint8Array(batchSize * pixels.imageSize ** 2 * 3).fill(128),
        labels: Float32Array.from({ length: batchSize }, (_, i) => i % 2),
        weights: new Float32Array(batchSize).fill(1),
        rate: learningRate,
        step: 1,
        momentum: 0.9,
        seed: [seed, 1],
      });
    } finally {
      engine.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param fits the batch size that does; 0: none. */
export function stepMemory(batch: number, fits: number, cause: FalxError): FalxError {
  const detail = detailsOf(cause.asMessage)[0];
  return new FalxError('batchMemory', { batch, fits, detail }, { cause });
}
