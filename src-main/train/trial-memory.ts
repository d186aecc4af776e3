import { memoryShare } from '../contract/views.ts';

/** Memory measured by a trial: the machine's, or the GPU's own. Bytes. */
export type TrialMemory = {
  of: 'machine' | 'gpu';
  /** Free before the trial started. */
  free: number;
  /** Used by the trial before its first step, with all weights loaded. */
  atStart: number;
  /** Its peak. */
  peak: number;
};

/** The largest batch size allowed in settings. */
const MOST = 512;

/**
 * The largest batch that should fit: a step's memory grows with it, the rest does not.
 * @returns null if not even one image fits.
 */
export function batchThatFits({ free, atStart, peak }: TrialMemory, batchSize: number): number | null {
  const perImage = (peak - atStart) / batchSize;
  const left = memoryShare * free - atStart;
  if (perImage <= 0) return left > 0 ? MOST : null;
  const fits = Math.min(MOST, Math.floor(left / perImage));
  return fits >= 1 ? fits : null;
}
