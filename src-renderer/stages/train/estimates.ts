import type { TrialEstimate } from '../../../src-main/contract/views.ts';

/** Part of the free memory that a training may take: other programs grow too, and evaluation adds a little. */
const share = 0.9;

/** Whether a training as tried fits into the memory that is free now. */
export const fits = ({ peakBytes, freeBytes }: Pick<TrialEstimate, 'peakBytes' | 'freeBytes'>): boolean =>
  peakBytes <= share * freeBytes;
