import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import { systemReason } from '../../system/system-reason.ts';
import type { Job } from '../../contract/jobs.ts';
import type { ClassChoice } from '../../contract/labels.ts';
import { IMPORTED_SPLIT } from '../../contract/records.ts';
import type { DatasetView } from '../../contract/views.ts';
import { writeDemo } from '../../import/demo-scans.ts';
import { importPath } from '../../import/import-path.ts';
import { interruptedImports } from '../../import/interrupted.ts';
import { importFolder } from '../../import/import-handlers.ts';
import { findTable } from '../../import/labels/find-label-table.ts';
import { unsurePositive } from '../../import/positive.ts';
import type { Registry } from '../../registry/registry.ts';
import { putInTrash, takeFromTrash } from '../../trash/trash-handlers.ts';
import type { Core } from '../core.ts';
import { releaseRuns } from '../release-runs.ts';
import { removeSentArchive } from '../uploads.ts';
import { absoluteFolder } from './absolute-folder.ts';

export function datasetHandlers(core: Core) {
  const { registry, hub } = core;
  const os = implement(api.datasets);
  const viewOf = (id: string) => datasetView(registry, id);
  const changed = () => {
    // Its splits and runs are hidden and restored with it.
    for (const table of ['datasets', 'splits', 'runs'] as const) hub.changed(table);
  };
  return {
    list: os.list.handler(() => {
      // The dataset of an imported model is only a name without images.
      const named = new Set(
        registry.splits
          .list(undefined, { removed: 'any' })
          .flatMap(({ datasetId, method }) => (method === IMPORTED_SPLIT ? [datasetId] : [])),
      );
      return registry.datasets.list().flatMap(({ id }) => (named.has(id) ? [] : [viewOf(id)]));
    }),
    get: os.get.handler(({ input }) => viewOf(input.datasetId)),
    import: os.import.handler(({ input }) => startImport(core, input)),
    interrupted: os.interrupted.handler(() => interruptedImports(registry)),
    tableIn: os.tableIn.handler(({ input }) => findTable(absoluteFolder(input.folder))),
    demo: os.demo.handler(() => startDemo(core)),
    images: os.images.handler(({ input: { datasetId, ...page } }) =>
      registry.images.page(registry.datasets.get(datasetId).id, page),
    ),
    quarantined: os.quarantined.handler(({ input }) =>
      registry.quarantine.list(registry.datasets.get(input.datasetId).id),
    ),
    setPositive: os.setPositive.handler(({ input: { datasetId, positive } }) => {
      registry.datasets.update(datasetId, { positive });
      hub.changed('datasets');
      return viewOf(datasetId);
    }),
    rename: os.rename.handler(({ input: { datasetId, name } }) => {
      registry.datasets.update(datasetId, { name });
      hub.changed('datasets');
      return viewOf(datasetId);
    }),
    remove: os.remove.handler(async ({ input: { datasetId } }) => {
      const runIds = putInTrash(registry, registry.datasets.get(datasetId).id);
      changed();
      await releaseRuns(core, runIds);
    }),
    restore: os.restore.handler(({ input }) => {
      takeFromTrash(registry, registry.datasets.get(input.datasetId).id);
      changed();
    }),
  };
}

/** A dataset as a window shows it. */
function datasetView(registry: Registry, id: string): DatasetView {
  const dataset = registry.datasets.get(id);
  const { warnings, positiveSure } = registry.datasets.notes(id);
  return {
    dataset,
    ...registry.images.counts(id),
    ...registry.datasets.dependents(id),
    quarantined: registry.quarantine.count(id),
    warnings: [...(positiveSure ? [] : [unsurePositive(dataset.positive)]), ...warnings],
  };
}

type ImportRequest = {
  folder: string;
  name?: string | undefined;
  positive?: string | undefined;
  labels?: string | undefined;
  classes?: ClassChoice[] | undefined;
};

function startImport({ home, registry, hub, jobs }: Core, request: ImportRequest): Job {
  const { name, positive, classes } = request;
  const folder = absoluteFolder(request.folder);
  const labels = request.labels === undefined ? undefined : { file: absoluteFolder(request.labels) };
  if (jobs.list().some((job) => job.kind === 'import' && job.state === 'running' && job.subject === folder))
    throw new FalxError('importUnderWay', { folder });
  return jobs.start('import', folder, 'images', async ({ progress, signal }) => {
    const { dataset, changes } = await importPath({
      registry,
      folder,
      name,
      positive,
      labels,
      classes,
      signal,
      onProgress: progress,
    });
    await removeSentArchive(home, folder);
    hub.changed('datasets');
    return { resultId: dataset.id, counts: { ...changes } };
  });
}

/** Creates synthetic scans below the home folder and imports them, as one job: each scan counts twice. */
function startDemo({ home, registry, hub, jobs }: Core): Job {
  return jobs.start('demo', 'demo', 'images', async ({ progress, signal }) => {
    const folder = await newDemoFolder(home);
    try {
      const { images } = await writeDemo(folder, {
        signal,
        onProgress: (done, total) => progress(done, 2 * total),
      });
      const { dataset } = await importFolder({
        registry,
        folder,
        name: 'sample-scans',
        signal,
        onProgress: (done, total) => progress(images + done, images + total),
      });
      hub.changed('datasets');
      return dataset.id;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  });
}

/** `<home>/demo/<n>`, the next free number; created in one step, so that two jobs never get the same. */
async function newDemoFolder(home: string): Promise<string> {
  const all = path.join(home, 'demo');
  try {
    await mkdir(all, { recursive: true });
    const numbers = (await readdir(all)).map(Number).filter(Number.isInteger);
    for (let next = Math.max(0, ...numbers) + 1; ; next += 1) {
      const folder = path.join(all, String(next));
      if (await makeNew(folder)) return folder;
    }
  } catch (cause) {
    throw new FalxError('samplesNotWritten', { folder: all, reason: systemReason(cause) }, { cause });
  }
}

function makeNew(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}
