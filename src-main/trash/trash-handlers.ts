import { FalxError } from '../contract/errors.ts';
import { networkTitle } from '../contract/networks.ts';
import { IMPORTED_SPLIT, type Dataset, type Run, type Split } from '../contract/records.ts';
import { TRASH_DAYS, type TrashItem } from '../contract/trash.ts';
import type { Registry } from '../registry/registry.ts';
import { bytesOf, deleteAll, filesOfDataset, filesOfRun } from './trash-files.ts';

const DAY = 24 * 3600 * 1000;

type Found =
  { kind: 'dataset'; record: Dataset } | { kind: 'split'; record: Split } | { kind: 'run'; record: Run };

/**
 * Moves a dataset, split or run to the trash; whatever depends on it is hidden with it. Nothing is deleted yet.
 * @returns the runs that are hidden now.
 * @throws FalxError `not-found`; `bad-run` or `bad-usage` while it is being trained.
 */
export function putInTrash(registry: Registry, id: string, now = new Date()): string[] {
  const found = find(registry, id);
  refuseInTraining(registry, found);
  if (found.record.removed === null) mark(registry, found, now.toISOString());
  return dependentsOf(registry, found).runs.map((run) => run.id);
}

/**
 * Restores an item from the trash, with what was hidden with it.
 * @throws FalxError `not-found`; `bad-usage` while what it depends on is in the trash.
 */
export function takeFromTrash(registry: Registry, id: string): void {
  const found = find(registry, id);
  const under = aboveInTrash(registry, found);
  if (under !== null) throw new FalxError('trashUnder', { id, under });
  if (found.record.removed !== null) mark(registry, found, null);
}

/** What is in the trash, newest first. */
export async function trash(registry: Registry): Promise<TrashItem[]> {
  const all: Found[] = [
    ...registry.datasets.list({ removed: true }).map((record) => ({ kind: 'dataset' as const, record })),
    ...registry.splits
      .list(undefined, { removed: true })
      .map((record) => ({ kind: 'split' as const, record })),
    ...registry.runs.list({ removed: true }).map((record) => ({ kind: 'run' as const, record })),
  ];
  const items: TrashItem[] = [];
  for (const found of all) {
    const { splits, runs } = dependentsOf(registry, found);
    const removed = found.record.removed!;
    items.push({
      kind: found.kind,
      id: found.record.id,
      name: nameOf(found),
      removed,
      expires: new Date(Date.parse(removed) + TRASH_DAYS * DAY).toISOString(),
      bytes: await bytesOf(await filesOf(registry, found)),
      splits: found.kind === 'dataset' ? splits.length : 0,
      runs: found.kind === 'run' ? 0 : runs.length,
      under: aboveInTrash(registry, found),
    });
  }
  return items.sort((a, b) => b.removed.localeCompare(a.removed));
}

export type Deleted = { ids: string[]; bytes: number };

/**
 * Deletes items in the trash for good: records, models, pixels. Scans that a user imported stay where they are. Without `ids` all
 * of the trash; `beforeRun` is called before a run's files are deleted, so that nothing uses them.
 * @throws FalxError `not-found`, `bad-usage` for what is not in the trash, before anything is deleted; `disk`.
 */
export async function emptyTrash(
  registry: Registry,
  { ids, beforeRun }: { ids?: readonly string[] | undefined; beforeRun?: (run: Run) => Promise<void> } = {},
): Promise<Deleted> {
  const wanted = ids ?? (await trash(registry)).map(({ id }) => id);
  const found = [...new Set(wanted)].map((id) => find(registry, id));
  for (const { record } of found)
    if (record.removed === null) throw new FalxError('notInTrash', { id: record.id });
  const deleted: Deleted = { ids: [], bytes: 0 };
  // Runs first: a dataset takes its own with it.
  const order = ['run', 'split', 'dataset'];
  for (const one of found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    deleted.bytes += await bytesOf(await filesOf(registry, one));
    const { runs, splits } = dependentsOf(registry, one);
    // Files first: while a record is left, deletion can be retried.
    for (const run of runs) await deleteRun(registry, run, beforeRun);
    for (const split of splits) registry.splits.delete(split.id);
    if (one.kind === 'dataset') {
      await deleteAll(await filesOfDataset(registry, one.record));
      registry.datasets.delete(one.record.id);
    }
    deleted.ids.push(one.record.id);
  }
  forgetImported(registry);
  return deleted;
}

/** A model from another program has a hidden split and dataset of its own, without images: they are deleted with its run. */
function forgetImported(registry: Registry): void {
  for (const { id, datasetId, method } of registry.splits.list(undefined, { removed: 'any' })) {
    if (method !== IMPORTED_SPLIT || registry.runs.list({ splitId: id, removed: 'any' }).length > 0) continue;
    registry.transaction(() => {
      putInTrash(registry, datasetId);
      registry.splits.delete(id);
      registry.datasets.delete(datasetId);
    });
  }
}

/** Deletes what has been in the trash for longer than it is kept. */
export async function emptyExpired(
  registry: Registry,
  beforeRun?: (run: Run) => Promise<void>,
  now = Date.now(),
): Promise<Deleted> {
  const isOld = ({ removed }: { removed: string | null }) =>
    removed !== null && now - Date.parse(removed) > TRASH_DAYS * DAY;
  const ids = [
    ...registry.datasets.list({ removed: true }),
    ...registry.splits.list(undefined, { removed: true }),
    ...registry.runs.list({ removed: true }),
  ]
    .filter(isOld)
    .map(({ id }) => id);
  return ids.length === 0
    ? { ids, bytes: 0 }
    : emptyTrash(registry, { ids, ...(beforeRun && { beforeRun }) });
}

async function deleteRun(
  registry: Registry,
  run: Run,
  beforeRun: ((run: Run) => Promise<void>) | undefined,
): Promise<void> {
  await beforeRun?.(run);
  await deleteAll(filesOfRun(registry.home, run));
  registry.runs.delete(run.id);
  const { model, thresholds } = registry.preferences.get();
  if (model?.runId !== run.id && thresholds[run.id] === undefined) return;
  const { [run.id]: _, ...others } = thresholds;
  registry.preferences.set({ thresholds: others, ...(model?.runId === run.id ? { model: null } : {}) });
}

function find(registry: Registry, id: string): Found {
  if (id.startsWith('run-')) return { kind: 'run', record: registry.runs.get(id) };
  if (id.startsWith('sp-')) return { kind: 'split', record: registry.splits.get(id) };
  return { kind: 'dataset', record: registry.datasets.get(id) };
}

function mark(registry: Registry, { kind, record }: Found, removed: string | null): void {
  if (kind === 'run') registry.runs.update(record.id, { removed });
  else if (kind === 'split') registry.splits.update(record.id, { removed });
  else registry.datasets.update(record.id, { removed });
}

/** What depends on it, including the split or run itself. */
function dependentsOf(registry: Registry, { kind, record }: Found): { splits: Split[]; runs: Run[] } {
  if (kind === 'run') return { splits: [], runs: [record] };
  const splits = kind === 'split' ? [record] : registry.splits.list(record.id, { removed: 'any' });
  return {
    splits,
    runs: splits.flatMap(({ id }) => registry.runs.list({ splitId: id, removed: 'any' })),
  };
}

/** The dataset or split above it that is in the trash. */
function aboveInTrash(registry: Registry, { kind, record }: Found): string | null {
  if (kind === 'dataset') return null;
  const split = kind === 'split' ? record : registry.splits.get(record.splitId);
  const dataset = registry.datasets.get(split.datasetId);
  if (dataset.removed !== null) return dataset.id;
  return kind === 'run' && split.removed !== null ? split.id : null;
}

async function filesOf(registry: Registry, found: Found): Promise<string[]> {
  const ofRuns = dependentsOf(registry, found).runs.flatMap((run) => filesOfRun(registry.home, run));
  return found.kind === 'dataset' ? [...ofRuns, ...(await filesOfDataset(registry, found.record))] : ofRuns;
}

const nameOf = ({ kind, record }: Found): string =>
  kind === 'split' ? record.id : (record.name ?? record.id);

/** The name that users see. */
const called = ({ name, network }: Run): string => name ?? networkTitle(network);

/** What is being trained must stay visible, to be paused and stopped. */
function refuseInTraining(registry: Registry, found: Found): void {
  const running = dependentsOf(registry, found).runs.find((run) => run.status === 'running');
  if (!running) return;
  const { kind, record } = found;
  if (kind === 'run') throw new FalxError('runInTraining', { run: record.id });
  if (kind === 'split') throw new FalxError('splitInTraining', { split: record.id, run: called(running) });
  throw new FalxError('datasetInTraining', { dataset: record.id, run: called(running) });
}
