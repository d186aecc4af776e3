import { memoryShare, type TrialEstimate } from '../../../src-main/contract/views.ts';

/** Whether a training as tried fits into the memory that is free now. */
export const fits = ({ peakBytes, freeBytes }: Pick<TrialEstimate, 'peakBytes' | 'freeBytes'>): boolean =>
  peakBytes <= memoryShare * freeBytes;

/** Until all runs are done, each begun on the device that is free first. @param devices how many there are. */
export function secondsInAll(
  estimates: readonly Pick<TrialEstimate, 'secondsInAll'>[],
  devices: number,
): number {
  const free = new Array<number>(Math.max(1, devices)).fill(0);
  for (const { secondsInAll } of estimates) free[free.indexOf(Math.min(...free))]! += secondsInAll;
  return Math.max(...free);
}
