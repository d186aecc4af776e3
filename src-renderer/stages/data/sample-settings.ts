import type { SettingsChange } from '../../../src-main/contract/settings.ts';
import type { RunView } from '../../../src-main/contract/views.ts';

/** Of the models on sample scans: small pictures and few epochs, so that the first is there in a minute or so, on two cores. */
export const sampleSettings = { imageSize: 64, epochs: 10, patience: 0 } as const satisfies SettingsChange;

/** How far the training of runs is: those that wait or are trained, and whether one has figures to look at. */
export function trainedOf(views: readonly Pick<RunView, 'run' | 'metrics'>[]): {
  open: string[];
  isThereOne: boolean;
} {
  return {
    open: views
      .filter(({ run }) => run.status === 'queued' || run.status === 'running')
      .map(({ run }) => run.id),
    isThereOne: views.some(({ metrics }) => metrics !== null),
  };
}
