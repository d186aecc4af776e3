import { FalxError } from '../contract/errors.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { RunDevice } from './device-pool.ts';

/** Refuses settings that a device they may be trained on does not support. @throws FalxError `bad-usage` naming the device. */
export function refusePrecision(settings: readonly TrainingSettings[], devices: readonly RunDevice[]): void {
  if (!settings.some(({ precision }) => precision === 'bfloat16')) return;
  const without = devices.find(({ bfloat16, wrong }) => !bfloat16 && !wrong);
  if (!without) return;
  throw new FalxError('noBfloat16', {
    setting: 'precision',
    device: without.kind,
    name: without.name ?? 'none',
  });
}
