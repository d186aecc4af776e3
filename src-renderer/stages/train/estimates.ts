import type { TrialEstimate } from '../../../src-main/contract/views.ts';

/** Part of the free memory that a training may take: other programs grow too, and evaluation adds a little. */
const share = 0.9;

/** Whether a training as tried fits into the memory that is free now. */
export const fits = ({ peakBytes, freeBytes }: Pick<TrialEstimate, 'peakBytes' | 'freeBytes'>): boolean =>
  peakBytes <= share * freeBytes;

/** Until all runs are done, each begun on the device that is free first. @param devices how many there are. */
export function secondsInAll(
  estimates: readonly Pick<TrialEstimate, 'secondsInAll'>[],
  devices: number,
): number {
  const free = new Array<number>(Math.max(1, devices)).fill(0);
  for (const { secondsInAll } of estimates) free[free.indexOf(Math.min(...free))]! += secondsInAll;
  return Math.max(...free);
}
