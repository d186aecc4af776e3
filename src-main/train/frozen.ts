import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeSavedModel } from '../graph/saved-model.ts';
import { flush } from '../system/durable.ts';
import { frozenModel } from './model.ts';
import type { TrainingSettings } from '../contract/settings.ts';

/** Folder of a run's predicting graph. */
export const frozenFolder = (folder: string): string => join(folder, 'frozen');

/**
 * Writes the graph that only predicts: the weights as constants, batch normalisation folded into them, so that TensorFlow can
 * prepare them once. A copy of `variables/` in another form, which can be deleted and made again.
 */
export function writeFrozen(
  folder: string,
  settings: Pick<TrainingSettings, 'network' | 'pixels' | 'imported'>,
  weights: ReadonlyMap<string, Float32Array>,
): void {
  const target = frozenFolder(folder);
  const temporary = `${target}.new`;
  rmSync(temporary, { recursive: true, force: true });
  writeSavedModel(temporary, frozenModel(settings, weights));
  flush(join(temporary, 'saved_model.pb'));
  flush(temporary);
  rmSync(target, { recursive: true, force: true });
  renameSync(temporary, target);
  flush(folder);
}
