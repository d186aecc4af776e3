import { FalxError } from '../contract/errors.ts';
import type { Preferences } from '../contract/views.ts';
import { hasModel } from '../predict/predictor.ts';
import type { PreferencesChange } from '../registry/registry.ts';
import type { Core } from './core.ts';

/**
 * Changes some preferences and tells every window.
 * @throws FalxError `not-found` or `bad-run` for a model that is no run, or none that can predict.
 */
export function setPreferences({ registry, hub }: Core, change: PreferencesChange): Preferences {
  if (change.model) {
    const run = registry.run(change.model.runId);
    if (!hasModel(run))
      throw new FalxError('bad-run', `${run.id} is ${run.status}: it has no model to predict with yet.`, {
        run: run.id,
        status: run.status,
      });
  }
  const preferences = registry.setPreferences(change);
  hub.changed('preferences');
  return preferences;
}
