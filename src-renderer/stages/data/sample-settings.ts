import type { SettingsChange } from '../../../src-main/contract/settings.ts';
import type { RunView } from '../../../src-main/contract/views.ts';

/** Settings for the models on sample scans: small images and few epochs, so that the first is ready in about a minute on two cores. */
export const sampleSettings = { imageSize: 64, epochs: 10, patience: 0 } as const satisfies SettingsChange;

/** Progress of training runs: those still queued or training, and whether one has metrics to look at. */
export function trainedOf(views: readonly Pick<RunView, 'run' | 'metrics'>[]): {
  open: string[];
  hasEvaluated: boolean;
} {
  return {
    open: views
      .filter(({ run }) => run.status === 'queued' || run.status === 'running')
      .map(({ run }) => run.id),
    hasEvaluated: views.some(({ metrics }) => metrics !== null),
  };
}
