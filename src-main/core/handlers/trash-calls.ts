import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { emptyTrash, takeFromTrash, trash } from '../../trash/trash-handlers.ts';
import type { Core } from '../core.ts';
import { forget } from '../run-views.ts';

export function trashHandlers(core: Core) {
  const { registry, hub } = core;
  const os = implement(api.trash);
  const changed = () => {
    for (const table of ['datasets', 'splits', 'runs', 'metrics', 'predictions', 'preferences'] as const)
      hub.changed(table);
  };
  return {
    list: os.list.handler(() => trash(registry)),
    restore: os.restore.handler(({ input }) => {
      takeFromTrash(registry, input.id);
      changed();
    }),
    empty: os.empty.handler(async ({ input }) => {
      try {
        return await emptyTrash(registry, { ids: input.ids, beforeRun: forget(core) });
      } finally {
        changed();
      }
    }),
  };
}
