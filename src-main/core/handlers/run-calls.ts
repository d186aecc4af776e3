import path from 'node:path';
import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import { type ExportFormat, exportFormats } from '../../contract/export-formats.ts';
import type { Job } from '../../contract/jobs.ts';
import { fittedOf } from '../../evaluate/fitted.ts';
import type { KerasChoices } from '../../contract/keras-import.ts';
import { importRun, lookAtRunFile } from '../../predict/import-run.ts';
import { exportRun } from '../../predict/export-model.ts';
import type { Core } from '../core.ts';
import type { JobWork } from '../job-runner.ts';
import { removeSentArchive } from '../uploads.ts';
import { describeRun, purgeRuns, removeRuns, restoreRuns, runView, runViews } from '../run-views.ts';
import { absoluteFolder } from './absolute-folder.ts';

export function runHandlers(core: Core) {
  const { registry } = core;
  const os = implement(api.runs);
  return {
    list: os.list.handler(({ input }) => runViews(registry, input.removed)),
    get: os.get.handler(({ input }) => runView(registry, registry.runs.get(input.runId))),
    fitted: os.fitted.handler(({ input }) => fittedOf(registry.runs.get(input.runId))?.fitted.test ?? null),
    epochs: os.epochs.handler(({ input }) => {
      const runIds = [...new Set(input.runIds)];
      for (const id of runIds) registry.runs.get(id); // throws if there is none
      return [...registry.epochs.ofRuns(runIds)].map(([runId, epochs]) => ({ runId, epochs }));
    }),
    describe: os.describe.handler(({ input: { runId, ...change } }) => describeRun(core, runId, change)),
    export: os.export.handler(({ input }) => startExport(core, input)),
    lookAt: os.lookAt.handler(({ input }) => lookAtRunFile(registry.home, absoluteFolder(input.file))),
    import: os.import.handler(({ input }) => startImport(core, input)),
    remove: os.remove.handler(({ input }) => removeRuns(core, input.runIds)),
    restore: os.restore.handler(({ input }) => restoreRuns(core, input.runIds)),
    purge: os.purge.handler(({ input }) => purgeRuns(core, input.runIds)),
  };
}

function startImport(
  { registry, jobs, hub }: Core,
  { file: typed, keras }: { file: string; keras?: KerasChoices | undefined },
): Job {
  const file = absoluteFolder(typed);
  return jobs.start('importRun', path.basename(file), 'files', async ({ signal }) => {
    const { id } = await importRun({ registry, file, keras, signal });
    await removeSentArchive(registry.home, file);
    for (const table of ['datasets', 'splits', 'runs'] as const) hub.changed(table);
    return id;
  });
}

function startExport(
  { registry, jobs, downloads }: Core,
  { runId, format, folder }: { runId: string; format: ExportFormat; folder: string | null },
): Job {
  const run = registry.runs.get(runId);
  const { ending, makes, title } = exportFormats[format];
  if (folder === null && makes === 'folder') throw new FalxError('exportNeedsFolder', { format: title });
  const name = `${run.network}-${run.id}${ending}`;
  const place = folder === null ? null : path.join(absoluteFolder(folder), name);
  const write: JobWork = async ({ id, progress, signal }) => {
    const target = place ?? path.join(await downloads.folder(id), name);
    await exportRun(run, target, registry, { format, onProgress: progress, signal });
    if (place === null) await downloads.offer(id, [name]);
    return place ?? name;
  };
  return jobs.start('export', run.id, 'bytes', write, [run.id]);
}
