import { error, note } from '../entry.ts';
import { text } from '../parameters.ts';

export const general = {
  /** A sentence that an earlier Falx wrote down, in the language it was written in. */
  legacy: note({ text }),
  /** An error of an earlier Falx. */
  earlierError: error('worker-failed', { text }),
} as const;
