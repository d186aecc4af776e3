import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Split } from '../../contract/records.ts';
import type { SplitView } from '../../contract/views.ts';
import { makeFoldsInSteps, previewSplitInSteps, makeSplitInSteps } from '../../split/split-handlers.ts';
import { runInTurns } from '../../system/steps.ts';
import { putInTrash, takeFromTrash } from '../../trash/trash-handlers.ts';
import type { Core } from '../core.ts';

export function splitHandlers({ registry, hub }: Core) {
  const os = implement(api.splits);
  const view = (split: Split): SplitView => ({ split, classes: registry.parts.counts(split.id) });
  // Its runs go and come with it.
  const changed = () => {
    for (const table of ['datasets', 'splits', 'runs'] as const) hub.changed(table);
  };
  return {
    list: os.list.handler(({ input }) =>
      registry.splits.list(registry.datasets.get(input.datasetId).id).map(view),
    ),
    get: os.get.handler(({ input }) => view(registry.splits.get(input.splitId))),
    preview: os.preview.handler(({ input, signal }) =>
      runInTurns(previewSplitInSteps({ registry, ...input }), signal),
    ),
    create: os.create.handler(async ({ input, signal }) => {
      const { split, classes } = await runInTurns(makeSplitInSteps({ registry, ...input }), signal);
      hub.changed('splits');
      return { split, classes };
    }),
    folds: os.folds.handler(async ({ input, signal }) => {
      const made = await runInTurns(makeFoldsInSteps({ registry, ...input }), signal);
      hub.changed('splits');
      return made.map(({ split, classes }) => ({ split, classes }));
    }),
    remove: os.remove.handler(({ input }) => {
      putInTrash(registry, input.splitId);
      changed();
    }),
    restore: os.restore.handler(({ input }) => {
      takeFromTrash(registry, input.splitId);
      changed();
    }),
  };
}
