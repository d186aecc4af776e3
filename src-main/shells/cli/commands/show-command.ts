import { FalxError } from '../../../contract/errors.ts';
import { isLabelled } from '../../../contract/labels.ts';
import { type Dataset, type Run, type Split } from '../../../contract/records.ts';
import type { Registry } from '../../../registry/registry.ts';
import { releaseAbandonedRuns } from '../../../train/abandoned.ts';
import type { Context } from '../main.ts';
import { resolveDataset, resolveRun, resolveSplit } from '../resolve.ts';
import { duration, share, table, when } from '../text.ts';
import { certificateLines } from './certificate-text.ts';
import { metricLines } from './evaluate-command.ts';
import { withRegistry } from './with-registry.ts';

type Shown = { document: unknown; text: () => string };

export async function show(context: Context, typed: string): Promise<void> {
  await withRegistry(context, (registry) => {
    releaseAbandonedRuns(registry);
    const { document, text } = find(registry, typed);
    context.output.answer(document, text);
  });
}

/** What the typed text names: a dataset by its whole name, else a run, a split or a dataset by its id's beginning. */
function find(registry: Registry, typed: string): Shown {
  if (registry.datasets.list().some((dataset) => dataset.name === typed))
    return showDataset(registry, registry.datasets.get(typed));
  return (
    unlessMissing(() => showRun(registry, resolveRun(registry, typed))) ??
    unlessMissing(() => showSplit(registry, resolveSplit(registry, typed))) ??
    unlessMissing(() => showDataset(registry, resolveDataset(registry, typed))) ??
    fail(typed)
  );
}

function unlessMissing(look: () => Shown): Shown | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof FalxError && error.code === 'not-found') return null;
    throw error;
  }
}

function fail(typed: string): never {
  throw new FalxError('recordUnknown', { id: typed });
}

function showRun(registry: Registry, run: Run): Shown {
  const epochs = registry.epochs.list(run.id);
  const metrics = registry.metrics.list(run.id);
  const split = registry.splits.get(run.splitId);
  const { settings } = run;
  return {
    document: { run, epochs, metrics, certificate: split.certificate },
    text: () =>
      [
        `${run.id}  ${run.network}, ${run.status}${run.error ? `: ${run.error}` : ''}`,
        `  split ${run.splitId}, ${settings.pixels.imageSize} px, weights ${settings.weights}, batch ${settings.batchSize}, seed ${settings.seed}`,
        ...certificateLines(split.certificate).map((line) => `  ${line}`),
        `  created ${when(run.created)}${took(run)}${run.device ? `, on ${run.device}` : ''}`,
        ...(run.started ? [`  ${computedText(run)}`] : []),
        `  ${Object.entries(run.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
        `  ${run.folder}`,
        ...(epochs.length > 0 ? ['', epochTable(registry, run)] : []),
        ...metrics.flatMap((part) => ['', `${part.part} part, ${part.images} images`, ...metricLines(part)]),
      ].join('\n'),
  };
}

/** What was in force, not what was asked for. */
function computedText({ computedOn }: Run): string {
  if (!computedOn) return 'how its numbers were computed is not recorded: an earlier Falx trained it';
  const { kind, name, uuid, computeCapability, driver, tensorFloat32, deterministic, threads, gpuUnused } =
    computedOn;
  if (kind === 'cpu')
    return `${name ?? 'processor unknown'}, ${threads} threads, same numbers each time${gpuUnused ? `. ${gpuUnused.message}` : ''}`;
  return [
    `${name ?? 'GPU unknown'}${uuid ? ` (${uuid})` : ''}`,
    `compute capability ${computeCapability ?? 'unknown'}`,
    `driver ${driver ?? 'unknown'}`,
    `TensorFloat-32 while training: ${tensorFloat32 === null ? 'unknown' : tensorFloat32 ? 'on' : 'off'}`,
    `same numbers each time: ${deterministic ? 'yes' : 'no'}`,
  ].join(', ');
}

function epochTable(registry: Registry, run: Run): string {
  return table(
    ['epoch', 'phase', 'rate', 'loss', 'accuracy', 'validation loss', 'accuracy', 'images/s', ''],
    registry.epochs
      .list(run.id)
      .map((epoch) => [
        String(epoch.epoch),
        epoch.phase,
        epoch.learningRate.toPrecision(3),
        epoch.trainLoss.toFixed(4),
        share(epoch.trainAccuracy),
        epoch.validationLoss?.toFixed(4) ?? null,
        share(epoch.validationAccuracy),
        epoch.imagesPerSecond.toFixed(1),
        epoch.epoch === run.bestEpoch ? 'best' : '',
      ]),
  );
}

function took(run: Run): string {
  if (!run.started || !run.ended) return '';
  return `, took ${duration((Date.parse(run.ended) - Date.parse(run.started)) / 1000)}`;
}

function showSplit(registry: Registry, split: Split): Shown {
  const counts = { train: 0, validation: 0, test: 0 };
  for (const { part } of registry.parts.list(split.id)) counts[part]++;
  const runs = registry.runs.list({ splitId: split.id });
  return {
    document: { split, counts, runs },
    text: () =>
      [
        `${split.id}  of ${registry.datasets.get(split.datasetId).name} (${split.datasetId}), ${split.method}, seed ${split.seed}`,
        `  ${counts.train} train, ${counts.validation} validation, ${counts.test} test`,
        ...(split.fold ? [`  fold ${split.fold.index + 1} of ${split.fold.of} (${split.fold.set})`] : []),
        ...certificateLines(split.certificate).map((line) => `  ${line}`),
        ...runs.map((run) => `  ${run.id}  ${run.network}  ${run.status}`),
      ].join('\n'),
  };
}

function showDataset(registry: Registry, dataset: Dataset): Shown {
  const images = registry.images.list(dataset.id);
  const quarantined = registry.quarantine.list(dataset.id);
  const splits = registry.splits.list(dataset.id);
  const classes = Object.fromEntries(
    dataset.classes.map((name) => [name, images.filter((image) => image.className === name).length]),
  );
  return {
    document: { dataset, images: images.length, classes, quarantined, splits },
    text: () =>
      [
        `${dataset.id}  ${dataset.name}, ${images.length} images in ${dataset.folder}`,
        ...Object.entries(classes).map(
          ([name, count]) =>
            `  ${name}: ${count}${isLabelled(dataset) && name === dataset.positive ? ' (positive)' : ''}`,
        ),
        ...splits.map((split) => `  ${split.id}  seed ${split.seed}`),
        ...quarantined.map(({ file, reason }) => `  left out: ${file}: ${reason}`),
      ].join('\n'),
  };
}
