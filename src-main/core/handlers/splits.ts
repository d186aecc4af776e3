import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Split } from '../../contract/records.ts';
import type { SplitView } from '../../contract/views.ts';
import { makeFolds, makeSplit, previewSplit } from '../../split/handlers.ts';
import type { Core } from '../core.ts';

export function splitHandlers({ registry, hub }: Core) {
  const os = implement(api.splits);
  const view = (split: Split): SplitView => ({ split, classes: registry.partCounts(split.id) });
  return {
    list: os.list.handler(({ input }) => registry.splits(registry.dataset(input.datasetId).id).map(view)),
    get: os.get.handler(({ input }) => view(registry.split(input.splitId))),
    preview: os.preview.handler(({ input }) => previewSplit({ registry, ...input })),
    create: os.create.handler(({ input }) => {
      const { split, classes } = makeSplit({ registry, ...input });
      hub.changed('splits');
      return { split, classes };
    }),
    folds: os.folds.handler(({ input }) => {
      const made = makeFolds({ registry, ...input });
      hub.changed('splits');
      return made.map(({ split, classes }) => ({ split, classes }));
    }),
  };
}
