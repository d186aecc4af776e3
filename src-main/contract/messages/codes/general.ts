import { note } from '../entry.ts';
import { text } from '../parameters.ts';

export const general = {
  /** A sentence that an earlier Falx wrote down, in the language it was written in. */
  legacy: note({ text }),
} as const;
