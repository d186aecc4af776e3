import { z } from 'zod';
import { error } from '../entry.ts';
import { fact, number, text } from '../parameters.ts';

/** Evaluating runs, and setting them side by side. */
export const evaluate = {
  splitNoTest: error('bad-split', { split: text, run: text }),
  runDiverged: error('bad-run', { run: text }),
  labelsOneDataset: error('bad-usage', { count: number, list: text, datasets: fact(z.array(z.string())) }),
  labelsNotEvaluated: error('bad-run', { run: text, status: fact(z.string()) }),
  foldsMissing: error('not-found', { id: text }),
} as const;
