import { FalxError, messageOfWorded } from '../../../contract/errors.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import { settingWords } from '../../../contract/messages/training-settings.ts';
import { isLabelled } from '../../../contract/labels.ts';
import { type Dataset, type Run, type Split } from '../../../contract/records.ts';
import { changedSettings, nameOf, rowOf, type SettingValue } from '../../../contract/settings.ts';
import type { Registry } from '../../../registry/registry.ts';
import { releaseAbandonedRuns } from '../../../train/abandoned.ts';
import type { Context } from '../main.ts';
import { resolveDataset, resolveRun, resolveSplit } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { duration, share, table, when } from '../text.ts';
import { certificateLines } from './certificate-text.ts';
import { metricLines } from './evaluate-command.ts';
import { withRegistry } from './with-registry.ts';

type Shown = { document: unknown; text: () => string };

export async function show(context: Context, typed: string): Promise<void> {
  await withRegistry(context, (registry) => {
    releaseAbandonedRuns(registry);
    const { document, text } = find(registry, typed, context.output);
    context.output.answer(document, text);
  });
}

/** What the typed text refers to: a dataset by its full name, otherwise a run, a split or a dataset by the beginning of its id. */
function find(registry: Registry, typed: string, speech: Speech): Shown {
  if (registry.datasets.list().some((dataset) => dataset.name === typed))
    return showDataset(registry, registry.datasets.get(typed), speech);
  return (
    unlessMissing(() => showRun(registry, resolveRun(registry, typed), speech)) ??
    unlessMissing(() => showSplit(registry, resolveSplit(registry, typed), speech)) ??
    unlessMissing(() => showDataset(registry, resolveDataset(registry, typed), speech)) ??
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

function showRun(registry: Registry, run: Run, speech: Speech): Shown {
  const { say } = speech;
  const epochs = registry.epochs.list(run.id);
  const metrics = registry.metrics.list(run.id);
  const split = registry.splits.get(run.splitId);
  const { settings } = run;
  return {
    document: { run, epochs, metrics, certificate: split.certificate },
    text: () =>
      [
        say('shownRun', {
          run: run.id,
          network: run.network,
          status: message('runStatus', { status: run.status }),
        }) +
          (run.error
            ? `: ${speech.words(messageOfWorded({ message: run.error, facts: run.errorFacts ?? null }))}`
            : ''),
        `  ${say('shownSettings', {
          split: run.splitId,
          size: String(settings.pixels.imageSize),
          weights: settings.weights,
          batch: String(settings.batchSize),
          seed: String(settings.seed),
        })}`,
        ...changedLines(run, speech).map((line) => `  ${line}`),
        ...certificateLines(split.certificate, say).map((line) => `  ${line}`),
        `  ${say('shownCreated', { when: when(run.created), took: took(run), device: run.device ?? 'none' })}`,
        ...(run.started ? [`  ${computedText(run, speech)}`] : []),
        `  ${Object.entries(run.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
        `  ${run.folder}`,
        ...(epochs.length > 0 ? ['', epochTable(registry, run, say)] : []),
        ...metrics.flatMap((part) => [
          '',
          say('shownPart', { part: part.part, images: String(part.images) }),
          ...metricLines(part, speech),
        ]),
      ].join('\n'),
  };
}

/** The settings that differ from the defaults, by the window's labels and the options of "falx train". */
function changedLines({ settings }: Run, { say, language }: Speech): string[] {
  const changed = changedSettings(settings);
  const lines = changed.map(({ key, value, standard }) => {
    const { label, choices } = settingWords[language][nameOf(key)];
    const { unit, option } = rowOf(key);
    const written = (of: SettingValue): string => {
      if (typeof of === 'boolean') return say('settingSwitch', { on: of ? 'yes' : 'no' });
      const text = choices?.[of] ?? String(of);
      return unit ? `${text}${unit === '°' ? '' : ' '}${unit}` : text;
    };
    return `  ${say('shownSetting', {
      label,
      option: option.split(' ')[0]!,
      value: written(value),
      standard: written(standard),
    })}`;
  });
  return [say('shownChanged', { count: changed.length }), ...lines];
}

/** The settings in effect, not the requested ones. */
function computedText({ computedOn }: Run, { say, words }: Speech): string {
  if (!computedOn) return say('computedUnknown', {});
  const { kind, name, uuid, computeCapability, driver, tensorFloat32, deterministic, threads, gpuUnused } =
    computedOn;
  if (kind === 'cpu')
    return say('computedOnCpu', {
      name: name ?? 'none',
      threads: String(threads),
      unused: gpuUnused ? words(messageOfWorded(gpuUnused)) : 'none',
    });
  return say('computedOnGpu', {
    name: name === null ? 'none' : `${name}${uuid ? ` (${uuid})` : ''}`,
    capability: computeCapability ?? 'none',
    driver: driver ?? 'none',
    tensorFloat: tensorFloat32 === null ? 'unknown' : tensorFloat32 ? 'on' : 'off',
    same: deterministic ? 'yes' : 'no',
  });
}

function epochTable(registry: Registry, run: Run, say: Speech['say']): string {
  return table(
    [
      ...(
        [
          'epoch',
          'phase',
          'rate',
          'loss',
          'accuracy',
          'validationLoss',
          'accuracy',
          'imagesPerSecond',
        ] as const
      ).map((of) => say('heading', { of })),
      '',
    ],
    registry.epochs
      .list(run.id)
      .map((epoch) => [
        String(epoch.epoch),
        say('phaseName', { phase: epoch.phase }),
        epoch.learningRate.toPrecision(3),
        epoch.trainLoss.toFixed(4),
        share(epoch.trainAccuracy),
        epoch.validationLoss?.toFixed(4) ?? null,
        share(epoch.validationAccuracy),
        epoch.imagesPerSecond.toFixed(1),
        epoch.epoch === run.bestEpoch ? say('bestMark', {}) : '',
      ]),
  );
}

function took(run: Run): string {
  if (!run.started || !run.ended) return 'none';
  return duration((Date.parse(run.ended) - Date.parse(run.started)) / 1000);
}

function showSplit(registry: Registry, split: Split, { say }: Speech): Shown {
  const counts = { train: 0, validation: 0, test: 0 };
  for (const { part } of registry.parts.list(split.id)) counts[part]++;
  const runs = registry.runs.list({ splitId: split.id });
  return {
    document: { split, counts, runs },
    text: () =>
      [
        say('shownSplit', {
          split: split.id,
          name: registry.datasets.get(split.datasetId).name,
          dataset: split.datasetId,
          method: split.method,
          seed: String(split.seed),
        }),
        `  ${say('shownCounts', {
          train: String(counts.train),
          validation: String(counts.validation),
          test: String(counts.test),
        })}`,
        ...(split.fold
          ? [
              `  ${say('shownFold', {
                number: String(split.fold.index + 1),
                of: String(split.fold.of),
                set: split.fold.set,
              })}`,
            ]
          : []),
        ...certificateLines(split.certificate, say).map((line) => `  ${line}`),
        ...runs.map((run) => `  ${run.id}  ${run.network}  ${say('runStatus', { status: run.status })}`),
      ].join('\n'),
  };
}

function showDataset(registry: Registry, dataset: Dataset, { say, reason }: Speech): Shown {
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
        say('shownDataset', {
          id: dataset.id,
          name: dataset.name,
          images: String(images.length),
          folder: dataset.folder,
        }),
        ...Object.entries(classes).map(([name, count]) => {
          const role = isLabelled(dataset) && name === dataset.positive ? 'positive' : 'none';
          return `  ${say('importedClass', { name, count: String(count), role })}`;
        }),
        ...splits.map((split) => `  ${say('shownSeed', { split: split.id, seed: String(split.seed) })}`),
        ...quarantined.map((left) => `  ${say('shownLeftOut', { file: left.file, reason: reason(left) })}`),
      ].join('\n'),
  };
}
