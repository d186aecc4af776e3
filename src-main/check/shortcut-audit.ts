import { shortcutKinds, type Shortcut, type ShortcutAudit } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { Dataset } from '../contract/records.ts';
import { requireLabels } from '../registry/labelled.ts';
import type { Registry } from '../registry/registry.ts';
import { defaultGrouping, groupsOf } from './scan-groups.ts';
import { currentCheck } from './check-handlers.ts';
import { SHORTCUT_METHOD } from './methods.ts';
import { verdictOf } from './shortcuts/accuracy.ts';
import { binned } from './shortcuts/bins.ts';
import type { ShortcutKind } from './shortcuts/features.ts';
import { rowGroups } from './shortcuts/row-groups.ts';
import { groupsByClass, crossValidate, MOST_FOLDS, settingOf } from './shortcuts/cross-validate.ts';
import { FoldThreads } from './shortcuts/fold-threads.ts';
import { chosen, readRows, type Row } from './shortcuts/read-rows.ts';
import { reasonsOf } from './shortcuts/reasons.ts';

/** Bins of a feature, as trees compare them. */
const BINS = 128;

export interface ShortcutOptions {
  registry: Registry;
  /** Id or name. */
  datasetId: string;
  /** 0 to 2^31 − 1; the same seed gives the same audit. */
  seed?: number | undefined;
  /** Reading and comparing for twins only where there is no check yet; then each image is measured and evaluated. */
  onProgress?: (
    step: 'reading' | 'comparing' | 'measuring' | 'evaluating',
    done: number,
    total: number,
  ) => void;
  /** The twins were looked for just now: whether that is still current is not asked again. */
  checked?: boolean;
  /** Stops the audit, which then stores nothing. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks how well the classes can be told apart without the brain: by the files alone, by the border alone, by the
 * grey levels wherever they lie, and by 16 × 16 pixels. A random forest evaluates each, over folds that part no group, dealt again and again
 * (by patient where one is known, else twins, which are looked for first if that has not been done). Images that were
 * dropped are left out. Stores the audit in place of an earlier one.
 * @throws FalxError `not-found`; `bad-dataset` when there are no labels, a class has too few distinct scans, or none can be read; `cancelled`.
 */
export async function auditShortcuts(options: ShortcutOptions): Promise<ShortcutAudit> {
  const { registry, seed = 7, onProgress, signal } = options;
  const began = performance.now();
  const dataset = registry.datasets.get(options.datasetId);
  requireLabels(dataset);
  const stop = () => {
    if (signal?.aborted) throw new FalxError('auditShortcutsCancelled', { dataset: dataset.id });
  };
  if (!options.checked)
    await currentCheck({ registry, datasetId: dataset.id, ...(onProgress && { onProgress }), signal });
  const rows = await measured(registry, dataset, seed, (done, total) => {
    stop();
    onProgress?.('measuring', done, total);
  });
  const labels = Uint8Array.from(rows, ({ image }) => Number(image.className === dataset.positive));
  const groups = rows.map(({ group }) => group);
  refuseFew(dataset, rowGroups(groups, labels));
  const shortcuts: Shortcut[] = [];
  // The same threads for all kinds: starting them takes as long as some forests.
  const crew = new FoldThreads(settingOf(labels, groups, seed));
  try {
    for (const kind of shortcutKinds)
      shortcuts.push(
        await shortcutOf(kind, rows, labels, groups, seed, crew, async (share) => {
          onProgress?.(
            'evaluating',
            Math.round(100 * (shortcuts.length + share)),
            100 * shortcutKinds.length,
          );
          await new Promise<void>((resolve) => setImmediate(resolve));
          stop();
        }),
      );
  } finally {
    await crew.close();
  }
  const audit: ShortcutAudit = {
    datasetId: dataset.id,
    created: new Date().toISOString(),
    method: SHORTCUT_METHOD,
    seed,
    seconds: (performance.now() - began) / 1000,
    shortcuts,
    means: dataset.classes.map((className) => ({
      className,
      thumbnail: meanOf(rows, className, 'thumbnail').map((level) => Math.round(10 * level) / 10),
      levels: meanOf(rows, className, 'histogram').map((share) => Number(share.toPrecision(3))),
    })),
  };
  registry.checks.putShortcuts(audit);
  return audit;
}

async function measured(
  registry: Registry,
  dataset: Dataset,
  seed: number,
  onRead: (done: number, total: number) => void,
): Promise<Row[]> {
  const grouping = defaultGrouping(registry, dataset.id);
  const { labels, dropped } = groupsOf(registry, dataset.id, grouping);
  const images = registry.images.list(dataset.id);
  // By path: what was imported later must not change what is drawn.
  const places = [...images.keys()]
    .filter((place) => !dropped.has(images[place]!.id))
    .sort((a, b) => (images[a]!.file < images[b]!.file ? -1 : 1));
  const some = chosen(labels, places, seed).map((place) => ({
    image: images[place]!,
    group: labels[place]!,
  }));
  return readRows(registry, dataset, some, (done) => onRead(done, some.length));
}

async function shortcutOf(
  kind: ShortcutKind,
  rows: readonly Row[],
  labels: Uint8Array,
  groups: readonly number[],
  seed: number,
  crew: FoldThreads,
  pause: (share: number) => Promise<void>,
): Promise<Shortcut> {
  const features = await binned(
    rows.map((row) => row.features[kind]),
    BINS,
    () => pause(0),
  );
  const evaluated = await crossValidate(features, labels, groups, seed, pause, undefined, crew);
  const { balancedAccuracy, low, high, folds } = evaluated;
  const verdict = verdictOf(low);
  return {
    kind,
    balancedAccuracy,
    low,
    high,
    images: rows.length,
    groups: evaluated.groups.length,
    folds,
    repeats: evaluated.assignments.length,
    verdict,
    // What is not told from chance has no reasons.
    reasons: verdict === 'fine' ? [] : await reasonsOf(kind, rows, labels, evaluated, () => pause(1)),
  };
}

/** Of a class's images; each group counts as one. */
function meanOf(rows: readonly Row[], className: string, kind: ShortcutKind): number[] {
  const ofClass = rows.filter(({ image }) => image.className === className);
  const size = new Map<number, number>();
  for (const { group } of ofClass) size.set(group, (size.get(group) ?? 0) + 1);
  const mean = new Float64Array(rows[0]?.features[kind].length ?? 0);
  for (const { group, features } of ofClass)
    features[kind].forEach((level, at) => (mean[at]! += level / size.get(group)! / size.size));
  return Array.from(mean);
}

/** Fewer groups of a class than two a fold say nothing either way. */
const FEWEST = 2 * MOST_FOLDS;

function refuseFew(dataset: Dataset, groups: ReturnType<typeof rowGroups>): void {
  const counts = groupsByClass(groups);
  for (const [label, count] of counts.entries()) {
    if (count >= FEWEST) continue;
    const className = dataset.classes.find((name) => (name === dataset.positive) === (label === 1))!;
    throw new FalxError('shortcutsTooFew', {
      dataset: dataset.id,
      className,
      name: dataset.name,
      groups: count,
      least: FEWEST,
    });
  }
}
