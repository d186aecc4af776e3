import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { testPredictionsBy, startEvaluation } from '../comparisons.ts';
import type { Core } from '../core.ts';

export function compareHandlers(core: Core) {
  const os = implement(api.compare);
  return {
    evaluate: os.evaluate.handler(({ input }) => startEvaluation(core, input.runIds)),
    evaluated: os.evaluated.handler(({ input }) => testPredictionsBy(core.registry, input.runIds)),
  };
}
