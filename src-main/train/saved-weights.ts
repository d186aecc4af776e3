import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeSavedModel } from '../graph/saved-model.ts';
import { Session } from '../tensorflow/session.ts';
import { valuesOf } from './engine.ts';
import { trainingModel, type ModelSettings } from './model.ts';

/**
 * What `frozenModel` is made from, out of a run's SavedModel: by a graph of today beside its weights. The run's own graph names its tensors as the
 * Falx did that wrote it.
 * @throws FalxError `bad-run` when TensorFlow finds it damaged.
 */
export function savedWeights(folder: string, settings: ModelSettings): Map<string, Float32Array> {
  // The graph itself is tried, too.
  new Session(folder).close();
  const model = trainingModel(settings, []);
  const beside = mkdtempSync(join(tmpdir(), 'falx-weights-'));
  try {
    writeSavedModel(beside, model);
    symlinkSync(resolve(folder, 'variables'), join(beside, 'variables'), 'junction');
    const session = new Session(beside);
    try {
      return valuesOf(session, model.frozen);
    } finally {
      session.close();
    }
  } finally {
    rmSync(beside, { recursive: true });
  }
}
