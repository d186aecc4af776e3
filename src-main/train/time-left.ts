import type { NetworkName } from '../contract/networks.ts';
import type { Run } from '../contract/records.ts';

/**
 * Seconds a training image takes compared with MobileNetV2 at the same size; from the measured steps on two CPU
 * cores in docs/measurements.md. Only how long a queue still takes rests on it.
 */
const relativeCost: Record<NetworkName, number> = { mobilenetv2: 1, densenet121: 3.9, resnet50: 3.6 };

/**
 * Seconds until a queue is done, from how long its current run takes.
 * @param elapsed seconds the current run has trained.
 * @param left seconds the current run still takes.
 * @param waiting the runs after it.
 */
export function queueSecondsLeft(
  current: Run,
  elapsed: number,
  left: number,
  waiting: readonly Run[],
): number {
  const secondsPerCost = (elapsed + left) / cost(current);
  return left + waiting.reduce((sum, run) => sum + cost(run) * secondsPerCost, 0);
}

function cost({ network, settings }: Run): number {
  return relativeCost[network] * settings.epochs * settings.pixels.imageSize ** 2;
}
