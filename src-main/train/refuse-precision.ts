import { FalxError } from '../contract/errors.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { RunDevice } from './device-pool.ts';

/**
 * Refuses settings that a device they may be trained with has no instructions for.
 * @throws FalxError `bad-usage` naming the device.
 */
export function refusePrecision(settings: readonly TrainingSettings[], devices: readonly RunDevice[]): void {
  if (!settings.some(({ precision }) => precision === 'bfloat16')) return;
  const without = devices.find(({ bfloat16, wrong }) => !bfloat16 && !wrong);
  if (!without) return;
  const name = without.name ?? 'the device';
  const needed =
    without.kind === 'gpu'
      ? 'a GPU needs compute capability 8.0 or later for them'
      : 'a processor needs AVX512_BF16 or AMX for them';
  throw new FalxError(
    'bad-usage',
    `${name} has no instructions for bfloat16: ${needed}. Train with float32 (--precision float32), or on other devices (--devices).`,
    { why: 'noBfloat16', setting: 'precision', device: without.kind, name },
  );
}
