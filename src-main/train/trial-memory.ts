import { memoryShare } from '../contract/views.ts';

/** Memory that a trial was measured by: the machine's, or on a GPU that one's own. Bytes. */
export type TrialMemory = {
  of: 'machine' | 'gpu';
  /** Free before the trial began. */
  free: number;
  /** Taken by the trial before its first step, with all weights there. */
  atStart: number;
  /** The most that it took. */
  peak: number;
};

/** The largest batch of which settings know. */
const MOST = 512;

/**
 * How many images at once should fit: what a step takes grows with them, the rest does not.
 * @returns null when not even one does.
 */
export function batchThatFits({ free, atStart, peak }: TrialMemory, batchSize: number): number | null {
  const perImage = (peak - atStart) / batchSize;
  const left = memoryShare * free - atStart;
  if (perImage <= 0) return left > 0 ? MOST : null;
  const fits = Math.min(MOST, Math.floor(left / perImage));
  return fits >= 1 ? fits : null;
}
