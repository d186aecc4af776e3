import { z } from 'zod';
import { error } from '../entry.ts';
import { fact, message, text } from '../parameters.ts';

/** Refusals of the trash. */
export const trash = {
  trashUnder: error('bad-usage', { id: text, under: text }),
  notInTrash: error('bad-usage', { id: text }),
  splitInTraining: error('bad-split', { split: fact(z.string()), run: text }),
  datasetInTraining: error('bad-usage', { dataset: fact(z.string()), run: text }),
  notDeleted: error('disk', { file: text, reason: message }),
} as const;
