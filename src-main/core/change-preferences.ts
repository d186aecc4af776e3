import { thresholdOf, type Preferences } from '../contract/views.ts';
import { requireModel } from '../inference/predictor.ts';
import type { PreferencesChange } from '../registry/registry.ts';
import type { Core } from './core.ts';

/**
 * Changes some preferences and notifies every window. Thresholds are added to those of other runs; the model in use and its
 * threshold there are kept equal.
 * @throws FalxError `not-found` or `bad-run` for a model that is no run, or can't predict; `not-found` for a threshold of an
 *   unknown run.
 */
export function setPreferences(
  { registry, hub, training, log }: Core,
  change: PreferencesChange,
): Preferences {
  if (change.model) requireModel(registry.runs.get(change.model.runId));
  for (const runId of Object.keys(change.thresholds ?? {})) registry.runs.get(runId);
  const preferences = registry.preferences.set(withThresholds(registry.preferences.get(), change));
  hub.changed('preferences');
  if (change.device !== undefined)
    training.devicesChanged().catch((error: unknown) => log.error({ err: error }, 'other devices'));
  return preferences;
}

function withThresholds(before: Preferences, { thresholds, model, ...change }: PreferencesChange) {
  const after = { ...before.thresholds, ...thresholds, ...(model && { [model.runId]: model.threshold }) };
  const inUse = model === undefined ? before.model : model;
  return {
    ...change,
    thresholds: after,
    model: inUse && { ...inUse, threshold: thresholdOf({ model: inUse, thresholds: after }, inUse.runId) },
  };
}
