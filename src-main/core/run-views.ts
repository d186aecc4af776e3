import { FalxError } from '../contract/errors.ts';
import type { ErrorData } from '../contract/failures.ts';
import type { Metrics, Run } from '../contract/records.ts';
import type { RunView } from '../contract/views.ts';
import { hasModel } from '../inference/predictor.ts';
import type { RunProgress } from '../registry/counts.ts';
import type { Registry } from '../registry/registry.ts';
import { isOwnFolder } from '../trash/trash-files.ts';
import { emptyTrash } from '../trash/trash-handlers.ts';
import type { Core } from './core.ts';
import { releaseRuns } from './release-runs.ts';

/** Every run in use, or every removed one, as a list shows it: a few statements, however many runs. */
export function runViews(registry: Registry, removed: boolean): RunView[] {
  const metrics = registry.metrics.byRun('test');
  const progress = registry.epochs.progress();
  const errors = registry.evaluationErrors.all();
  const empty = registry.datasets.withoutImages();
  const datasetIds = new Map(
    registry.splits.list(undefined, { removed: 'any' }).map(({ id, datasetId }) => [id, datasetId]),
  );
  const datasets = new Map(
    registry.datasets.list({ removed: 'any' }).map((dataset) => [dataset.id, dataset]),
  );
  return registry.runs.list({ removed }).map((run) => {
    const datasetId = datasetIds.get(run.splitId)!;
    return viewOf(run, {
      datasetId,
      datasetName: datasets.get(datasetId)!.name,
      positive: datasets.get(datasetId)!.positive,
      metrics: metrics.get(run.id),
      progress: progress.get(run.id),
      evaluationError: errors.get(run.id),
      hasScans: !empty.has(datasetId),
    });
  });
}

export function runView(registry: Registry, run: Run): RunView {
  const {
    id: datasetId,
    name: datasetName,
    positive,
  } = registry.datasets.get(registry.splits.get(run.splitId).datasetId);
  return viewOf(run, {
    datasetId,
    datasetName,
    positive,
    metrics: registry.metrics.list(run.id, 'test')[0],
    progress: registry.epochs.progress(run.id).get(run.id),
    evaluationError: registry.evaluationErrors.all().get(run.id),
    hasScans: !registry.datasets.withoutImages().has(datasetId),
  });
}

type RunDetails = {
  datasetId: string;
  datasetName: string;
  positive: string;
  metrics: Metrics | undefined;
  progress: RunProgress | undefined;
  evaluationError: ErrorData | undefined;
  hasScans: boolean;
};

function viewOf(
  run: Run,
  { datasetId, datasetName, positive, metrics, progress, evaluationError, hasScans }: RunDetails,
): RunView {
  return {
    run,
    datasetId,
    datasetName,
    positive,
    metrics: metrics ?? null,
    epochsDone: progress?.epochsDone ?? 0,
    validationAccuracy: progress?.validationAccuracy ?? null,
    hasModel: hasModel(run),
    hasScans,
    evaluationError: evaluationError ?? null,
  };
}

/** Changes a run's name, tags and notes; fields left out are unchanged. An empty name is none. */
export function describeRun(
  { registry, hub }: Core,
  runId: string,
  {
    name,
    tags,
    notes,
  }: { name?: string | null | undefined; tags?: string[] | undefined; notes?: string | undefined },
): RunView {
  registry.runs.update(runId, {
    ...(name === undefined ? {} : { name: name || null }),
    ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
    ...(notes === undefined ? {} : { notes }),
  });
  hub.changed('runs');
  return runView(registry, registry.runs.get(runId));
}

/**
 * Hides runs. Waiting ones leave the queue; work on the others is cancelled.
 * @throws FalxError `bad-run` if one of them is being trained; then none is hidden.
 */
export async function removeRuns(core: Core, runIds: readonly string[]): Promise<void> {
  const { registry, hub, training } = core;
  const runs = runIds.map((id) => registry.runs.get(id));
  for (const run of runs) if (run.status === 'running') throw new FalxError('runInTraining', { run: run.id });
  const removed = new Date().toISOString();
  for (const run of runs) {
    if (run.status === 'queued') training.cancel(run.id);
    if (run.removed === null) registry.runs.update(run.id, { removed });
  }
  hub.changed('runs');
  await releaseRuns(core, runIds);
}

export function restoreRuns({ registry, hub }: Core, runIds: readonly string[]): void {
  for (const id of runIds) registry.runs.update(id, { removed: null });
  hub.changed('runs');
}

/**
 * Deletes removed runs for good: their folders, logs and records.
 * @throws FalxError `bad-run` if one of them is in use, before anything is deleted; `disk` if a folder can't be deleted.
 */
export async function purgeRuns(core: Core, runIds: readonly string[]): Promise<void> {
  const runs = [...new Set(runIds)].map((id) => core.registry.runs.get(id));
  for (const { id, removed } of runs) if (removed === null) throw new FalxError('runInUse', { run: id });
  try {
    await emptyTrash(core.registry, { ids: runs.map(({ id }) => id), beforeRun: forget(core) });
  } finally {
    for (const table of ['runs', 'metrics', 'predictions', 'preferences', 'splits', 'datasets'] as const)
      core.hub.changed(table);
  }
}

/** Makes sure that nothing uses a run's files any more, before they are deleted. */
export const forget =
  (core: Core) =>
  async (run: Run): Promise<void> => {
    const { home, log } = core;
    await releaseRuns(core, [run.id]);
    if (!isOwnFolder(home, run))
      log.warn({ run: run.id, folder: run.folder }, 'folder left: it is not in this home');
  };
