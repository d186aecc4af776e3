import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Core } from '../core.ts';
import { describeRun, purgeRuns, removeRuns, restoreRuns, runView, runViews } from '../run-views.ts';

export function runHandlers(core: Core) {
  const { registry } = core;
  const os = implement(api.runs);
  return {
    list: os.list.handler(({ input }) => runViews(registry, input.removed)),
    get: os.get.handler(({ input }) => runView(registry, registry.runs.get(input.runId))),
    epochs: os.epochs.handler(({ input }) => {
      const runIds = [...new Set(input.runIds)];
      for (const id of runIds) registry.runs.get(id); // says so when there is none
      return [...registry.epochs.ofRuns(runIds)].map(([runId, epochs]) => ({ runId, epochs }));
    }),
    describe: os.describe.handler(({ input: { runId, ...change } }) => describeRun(core, runId, change)),
    remove: os.remove.handler(({ input }) => removeRuns(core, input.runIds)),
    restore: os.restore.handler(({ input }) => restoreRuns(core, input.runIds)),
    purge: os.purge.handler(({ input }) => purgeRuns(core, input.runIds)),
  };
}
