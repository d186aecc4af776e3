import type { Run } from '../contract/records.ts';
import { thresholdOf, type Preferences } from '../contract/views.ts';
import type { ScansOptions } from '../predict/predict-handlers.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import type { Core } from './core.ts';

/** The runs with the thresholds and settings of the preferences, as the core's predictors use them. */
export async function runsToPredict(
  { registry, predictors, devices, training }: Pick<Core, 'registry' | 'predictors' | 'devices' | 'training'>,
  runs: readonly Run[],
): Promise<{
  asked: Required<Pick<ScansOptions, 'runs' | 'errorRate' | 'use'>>;
  /** Where their networks are loaded. */
  device: DeviceChoice;
  preferences: Preferences;
}> {
  const preferences = registry.preferences.get();
  const device = await devices.forPrediction((one) => training.isTraining(one));
  return {
    asked: {
      runs: runs.map((run) => ({ run, threshold: thresholdOf(preferences, run.id) })),
      errorRate: preferences.errorRate,
      use: (run, work) => predictors.use(run, device, work),
    },
    device,
    preferences,
  };
}
