import { readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { byContents, currentCheck } from '../check/check-handlers.ts';
import { decide } from '../check/decisions.ts';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, Run, Split } from '../contract/records.ts';
import { changedSettings, flatten, unflatten, type SettingKey } from '../contract/settings.ts';
import { evaluateRun } from '../evaluate/evaluate-handlers.ts';
import { importPath } from '../import/import-path.ts';
import { storedWeights } from '../networks/weights/weights-store.ts';
import type { Registry } from '../registry/registry.ts';
import { makeFolds, makeSplit } from '../split/split-handlers.ts';
import { weightsHash } from '../train/manifest.ts';
import { hasEnded, queueRuns, runQueue, type QueueEvent } from '../train/train-handlers.ts';
import { sha256Of } from '../system/hashes.ts';
import { Recipe, SealedRecipe } from './recipe.ts';

/** Largest recipe, bytes: it contains no images. */
const LARGEST = 50_000_000;

/** @throws FalxError `unreadable-file` if it is no recipe, or was changed. */
export function readRecipe(file: string): Recipe {
  const sealed = SealedRecipe.safeParse(jsonIn(file));
  if (!sealed.success) throw new FalxError('recipeNone', { file });
  const { recipe, sha256 } = sealed.data;
  if (sha256Of(JSON.stringify(recipe)) !== sha256) throw new FalxError('recipeChanged', { file });
  const read = Recipe.safeParse(recipe);
  if (!read.success) throw new FalxError('recipeNone', { file });
  return read.data;
}

function jsonIn(file: string): unknown {
  try {
    return statSync(file).size > LARGEST ? null : JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** `same`: weights bit for bit; `figures`: the same confusion matrix and AUC with other weights. */
export type Outcome = 'same' | 'figures' | 'other' | 'failed';

export type Reproduced = {
  dataset: { id: string; hash: string; same: true };
  split: { id: string; hash: string; expected: string; same: boolean };
  runs: {
    was: string;
    id: string;
    network: Run['network'];
    outcome: Outcome;
    /** Whether programs, processor or GPU and threads are those of the report. */
    sameVersions: boolean;
    weights: { found: string | null; expected: string | null };
    auc: { found: number | null; expected: number | null };
  }[];
};

export type ReproduceOptions = {
  registry: Registry;
  home: string;
  recipe: Recipe;
  /** A folder or archive of the images, or a dataset that was imported from them. */
  images: { folder: string } | { dataset: Dataset };
  /** Whether the runs are trained; otherwise only data and split are made. */
  train?: boolean;
  onEvent?: (event: QueueEvent) => void;
  onProgress?: (done: number, total: number) => void;
  stop?: AbortSignal;
  cancel?: AbortSignal;
};

/**
 * Reproduces a report: imports, checks, splits, trains and evaluates, and says whether the results are the same. An existing split
 * with the same hash is reused.
 * @throws FalxError `bad-dataset` for other images; `weights-missing`; `bad-run` if this version of Falx would train differently.
 */
export async function reproduce(options: ReproduceOptions): Promise<Reproduced> {
  const { registry, recipe, train = true } = options;
  const dataset = await datasetOf(options);
  const splits = splitsOf(options, dataset);
  const { hash, folds } = recipe.split;
  const expected = folds.length > 0 ? folds : [hash];
  const other = splits.findIndex((one, at) => one.hash !== expected[at]);
  const same = other < 0;
  const split = splits[Math.max(0, other)]!;
  const runs = train && same ? await trained(options, splits) : [];
  return {
    dataset: { id: dataset.id, hash: dataset.hash, same: true },
    split: { id: split.id, hash: split.hash, expected: expected[Math.max(0, other)]!, same },
    runs: runs.map(({ run, of }) => {
      const metrics = registry.metrics.list(run.id, 'test')[0];
      const found = weightsHash(run.folder);
      const alike =
        metrics !== undefined &&
        isDeepStrictEqual(metrics.confusion, of.confusion) &&
        Math.abs((metrics.auc ?? -1) - (of.auc ?? -1)) < 1e-12;
      return {
        was: of.id,
        id: run.id,
        network: run.network,
        outcome: !hasEnded(run)
          ? 'failed'
          : of.weights !== null && found === of.weights
            ? 'same'
            : alike
              ? 'figures'
              : 'other',
        sameVersions:
          isDeepStrictEqual(run.versions, of.versions) && isDeepStrictEqual(run.computedOn, of.computedOn),
        weights: { found, expected: of.weights },
        auc: { found: metrics?.auc ?? null, expected: of.auc },
      };
    }),
  };
}

async function datasetOf({ registry, recipe, images, onProgress }: ReproduceOptions): Promise<Dataset> {
  const { name, hash, positive, decisions, joined } = recipe.dataset;
  const dataset =
    'dataset' in images
      ? images.dataset
      : (
          await importPath({
            registry,
            folder: images.folder,
            name,
            positive,
            onProgress: (done, total) => onProgress?.(done, total),
          })
        ).dataset;
  const stored = registry.images.list(dataset.id);
  if (dataset.hash !== hash)
    throw new FalxError('recipeOtherData', {
      found: dataset.hash,
      expected: hash,
      images: stored.length,
      wanted: recipe.dataset.images,
    });
  if (recipe.split.checked) await currentCheck({ registry, datasetId: dataset.id });
  const ordered = byContents(stored).map(({ id }) => id);
  const known = registry.checks.record(dataset.id)?.joined ?? [];
  if (known.length === 0)
    registry.checks.join(
      dataset.id,
      joined.map(({ first, other, ...link }) => ({
        firstId: ordered[first]!,
        otherId: ordered[other]!,
        ...link,
      })),
    );
  const wanted = decisions.map(({ kind, places }) => ({
    kind,
    imageIds: places.map((place) => ordered[place]!).sort((a, b) => a - b),
  }));
  const holding = registry.checks.decisions(dataset.id).filter(({ undone }) => undone === null);
  if (holding.length === 0) for (const one of wanted) decide({ registry, datasetId: dataset.id, ...one });
  else if (
    !isDeepStrictEqual(
      holding.map(({ kind, imageIds }) => ({ kind, imageIds })),
      wanted,
    )
  )
    throw new FalxError('recipeDecided', { dataset: dataset.name });
  return dataset;
}

/** The split, or all folds if the runs were on several. */
function splitsOf({ registry, recipe }: ReproduceOptions, dataset: Dataset): Split[] {
  const { hash, folds, method, testFraction, validationFraction, seed, grouping, fold } = recipe.split;
  const stored = registry.splits.list(dataset.id);
  const there = (folds.length > 0 ? folds : [hash]).map((wanted) =>
    stored.find((one) => one.hash === wanted),
  );
  if (there.every((one) => one !== undefined)) return there;
  const how = {
    registry,
    datasetId: dataset.id,
    validation: validationFraction,
    seed,
    ...(grouping && { grouping }),
  };
  if (fold) {
    const made = makeFolds({ ...how, folds: fold.of }).map(({ split }) => split);
    return folds.length > 0 ? made : [made[fold.index]!];
  }
  return [
    makeSplit({ ...how, test: testFraction, useGiven: method === 'given' || method === 'mended' }).split,
  ];
}

async function trained(
  { registry, home, recipe, onEvent, stop, cancel }: ReproduceOptions,
  splits: readonly Split[],
): Promise<{ run: Run; of: Recipe['runs'][number] }[]> {
  const queued: { id: string; of: Recipe['runs'][number] }[] = [];
  for (const of of recipe.runs) {
    const { settings, network, weightsSha256 } = of;
    const stored = settings.weights === 'none' ? null : await storedWeights(home, network);
    if (weightsSha256 !== null && stored?.sha256 !== weightsSha256)
      throw new FalxError('recipeWeights', { network, sha256: weightsSha256 });
    const changed = Object.fromEntries(changedSettings(settings).map(({ key, value }) => [key, value]));
    const asked = unflatten({
      ...changed,
      epochs: settings.epochs,
      seed: settings.seed,
      weights: settings.weights === 'none' ? 'none' : 'imagenet',
    });
    const [run] = await queueRuns({
      registry,
      home,
      splitId: splits[of.fold ?? 0]!.id,
      networks: [network],
      overrides: asked,
    });
    const [now, then] = [flatten(run!.settings), flatten(settings)];
    const other = (Object.keys(then) as SettingKey[]).filter(
      (key) => key !== 'weights' && now[key] !== then[key],
    );
    if (other.length > 0) throw new FalxError('recipeSettings', { run: of.id, settings: other.join(', ') });
    queued.push({ id: run!.id, of });
  }
  await runQueue({
    registry,
    home,
    runIds: queued.map(({ id }) => id),
    ...(onEvent && { onEvent }),
    ...(stop && { stop }),
    ...(cancel && { cancel }),
  });
  const ended = queued.map(({ id, of }) => ({ run: registry.runs.get(id), of }));
  for (const { run } of ended) if (hasEnded(run)) await evaluateRun({ registry, home, runId: run.id });
  return ended;
}
