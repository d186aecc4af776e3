import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeSavedModel } from '../graph/saved-model.ts';
import { Session } from '../tensorflow/session.ts';
import { valuesOf } from './engine.ts';
import { trainingModel, type ModelSettings } from './model.ts';

/**
 * The values that `frozenModel` is made from, from a run's SavedModel: with a current graph beside its weights. The run's own graph
 * names its tensors like the version of Falx that wrote it.
 * @throws FalxError `bad-run` if TensorFlow finds it damaged.
 */
export function savedWeights(folder: string, settings: ModelSettings): Map<string, Float32Array> {
  // Tests the graph itself, too.
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
