import type { ActiveRun } from '../../../src-main/contract/views.ts';

/** The trained fraction of a run, 0 to 1; null before the first step. */
export function shareTrained({ epoch, epochs, step, steps, phase, pixels }: ActiveRun): number | null {
  if (phase === 'preparing') return pixels && pixels.total > 0 ? pixels.done / pixels.total : null;
  if (phase === 'starting' || epochs === 0 || epoch === 0) return null;
  return Math.min(1, (epoch - 1 + (steps > 0 ? step / steps : 0)) / epochs);
}
