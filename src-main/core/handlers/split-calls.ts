import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Split } from '../../contract/records.ts';
import type { SplitView } from '../../contract/views.ts';
import { attributesIn } from '../../import/attributes.ts';
import { leaveOutOf, previewLeftOut } from '../../split/leave-out.ts';
import {
  isSearched,
  makeSearchedFolds,
  makeSearchedSplit,
  type SearchHow,
} from '../../split/searched-split.ts';
import { previewSplitInSteps, type SplitOptions } from '../../split/split-handlers.ts';
import { runInTurns } from '../../system/steps.ts';
import { putInTrash, takeFromTrash } from '../../trash/trash-handlers.ts';
import type { Core } from '../core.ts';
import { releaseRuns } from '../release-runs.ts';

export function splitHandlers(core: Core) {
  const { registry, hub } = core;
  const os = implement(api.splits);
  const view = (split: Split): SplitView => ({ split, classes: registry.parts.counts(split.id) });
  // Its runs are hidden and restored with it.
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
      const { split, classes } = await asJob(core, input, signal, (how) =>
        makeSearchedSplit({ registry, ...input }, how),
      );
      hub.changed('splits');
      return { split, classes };
    }),
    folds: os.folds.handler(async ({ input: { leaveOut: choice, ...input }, signal }) => {
      const leaveOut = choice && (await leaveOutOf(registry, registry.datasets.get(input.datasetId), choice));
      const made = await asJob(core, input, signal, (how) =>
        makeSearchedFolds({ registry, ...input, leaveOut }, how),
      );
      hub.changed('splits');
      return made.map(({ split, classes }) => ({ split, classes }));
    }),
    attributes: os.attributes.handler(({ input }) =>
      attributesIn(registry, registry.datasets.get(input.datasetId).id),
    ),
    leftOut: os.leftOut.handler(async ({ input: { leaveOut: choice, ...input }, signal }) => {
      const leaveOut = await leaveOutOf(registry, registry.datasets.get(input.datasetId), choice);
      return previewLeftOut({ registry, ...input, leaveOut }, signal);
    }),
    remove: os.remove.handler(async ({ input }) => {
      const runIds = putInTrash(registry, input.splitId);
      changed();
      await releaseRuns(core, runIds);
    }),
    restore: os.restore.handler(({ input }) => {
      takeFromTrash(registry, input.splitId);
      changed();
    }),
  };
}

/** A split with a search takes long: it runs as a job that can be seen and cancelled. @throws FalxError as `make`. */
async function asJob<T>(
  { registry, jobs }: Core,
  input: Omit<SplitOptions, 'registry'>,
  signal: AbortSignal | undefined,
  make: (how: SearchHow) => Promise<T>,
): Promise<T> {
  if (!isSearched({ registry, ...input })) return make({ signal });
  const ended = Promise.withResolvers<T>();
  ended.promise.catch(() => undefined); // awaited below
  const { id } = registry.datasets.get(input.datasetId);
  const job = jobs.start('acrossSearch', id, 'steps', async ({ progress, signal: cancelled }) => {
    try {
      const onProgress: SearchHow['onProgress'] = (_, percent) => progress(percent, 100);
      ended.resolve(await make({ signal: cancelled, onProgress }));
    } catch (error) {
      ended.reject(error);
      throw error;
    }
    return null;
  });
  await jobs.settled(job.id);
  return ended.promise;
}
