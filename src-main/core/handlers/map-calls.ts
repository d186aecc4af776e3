import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { requireMaps } from '../../inference/predictor.ts';
import type { Core } from '../core.ts';
import { requireAbsolute, requireUsable } from './predict-calls.ts';

export function mapHandlers({ registry, maps }: Core) {
  const os = implement(api.maps);
  const usable = (runId: string) => {
    const run = registry.runs.get(runId);
    requireUsable(run);
    requireMaps(run);
    return run;
  };
  return {
    of: os.of.handler(({ input }) => {
      requireAbsolute(input.file);
      return maps.view(usable(input.runId), input);
    }),
    prepare: os.prepare.handler(({ input }) => {
      requireAbsolute(input.file);
      return maps.prepare(usable(input.runId), input);
    }),
  };
}
