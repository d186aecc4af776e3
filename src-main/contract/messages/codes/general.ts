import { error, note } from '../entry.ts';
import { text } from '../parameters.ts';

export const general = {
  /** A sentence stored by an earlier version of Falx, in the language of that time. */
  legacy: note({ text }),
  /** An error of an earlier version of Falx. */
  earlierError: error('worker-failed', { text }),
} as const;
