import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import {
  alterations,
  strengths,
  type Alteration,
  type Robustness,
  type StoredRobustness,
} from '../contract/studies.ts';
import { altered, strengthTable } from '../images/alter.ts';
import { pixelFile } from '../images/cache.ts';
import { Predictor, THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, perScan } from '../statistics/evidence.ts';
import type { Steps } from '../system/steps.ts';
import type { Computing } from '../tensorflow/environment.ts';
import { requireWholeSplit } from '../split/hash.ts';
import { PixelReader } from '../train/batches.ts';
import { dataOf, requireScans } from '../train/plan.ts';
import { answersOf } from './answers-of.ts';

/** Images that are altered and predicted at once. */
const BATCH = 16;
/** The loss of sensitivity or specificity whose strength is reported. */
const POINTS = 0.05;

export type AlterOptions = Pick<Computing, 'device' | 'threads'> & {
  registry: Registry;
  home: string;
  runId: string;
  /** Fraction done, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Has a run predict its test set altered in six ways at five strengths each, and stores the answers. Alterations are reproducible:
 * the same scan is always altered the same way.
 * @throws FalxError `bad-run` without a model, `bad-split` without a test set, `cancelled`.
 */
export async function alterTestSet(options: AlterOptions): Promise<void> {
  const { registry, home, runId, onProgress, signal, ...computing } = options;
  const run = registry.runs.get(runId);
  requireScans(registry, run.splitId);
  await requireWholeSplit(registry, run, signal);
  const { dataset, images, parts } = dataOf(registry, run.splitId);
  const { rows } = parts.test;
  if (rows.length === 0) throw new FalxError('splitNoTest', { split: run.splitId, run: run.id });
  const predictor = await Predictor.open(run, home, { ...computing, signal });
  try {
    const { pixels } = run.settings;
    const file = await pixelFile(dataset, images, pixels, home, undefined, signal);
    const reader = await PixelReader.open(file);
    try {
      const side = file.imageSize;
      const sets = [null, ...alterations.flatMap((by) => strengths.map((strength) => ({ by, strength })))];
      const answers = sets.map(() => [] as number[]);
      for (let from = 0; from < rows.length; from += BATCH) {
        const some = rows.slice(from, from + BATCH);
        const original = await reader.read(some);
        let asked: Promise<void> = Promise.resolve();
        for (const [at, set] of sets.entries()) {
          if (signal?.aborted) throw new FalxError('robustnessCancelled', { run: run.id });
          const made = set ? await batchOf(original, side, some, images, set) : original;
          // One batch is altered while the network predicts the one before.
          await asked;
          asked = predictor.pixels(made, some.length).then(({ probabilities }) => {
            answers[at]!.push(...probabilities);
          });
          asked.catch(() => undefined); // awaited in the next iteration
          onProgress?.((from + (some.length * (at + 1)) / sets.length) / rows.length);
        }
        await asked;
      }
      if (!answers.flat().every((probability) => Number.isFinite(probability)))
        throw new FalxError('runDiverged', { run: run.id });
      const [clean, ...others] = answers as [number[], ...number[][]];
      registry.studies.putRobustness({
        runId: run.id,
        created: new Date().toISOString(),
        threshold: THRESHOLD,
        imageIds: rows.map((row) => images[row]!.id),
        clean,
        altered: others.map((probabilities, i) => ({ ...sets[i + 1]!, probabilities })),
      });
    } finally {
      await reader.close();
    }
  } finally {
    await predictor.close();
  }
}

async function batchOf(
  original: Uint8Array,
  side: number,
  rows: readonly number[],
  images: readonly { sha256: string }[],
  { by, strength }: { by: Alteration; strength: number },
): Promise<Uint8Array> {
  const size = side * side * 3;
  const made = new Uint8Array(original.length);
  for (const [i, row] of rows.entries()) {
    const seed = parseInt(images[row]!.sha256.slice(0, 7), 16);
    made.set(altered(original.subarray(i * size, (i + 1) * size), side, by, strength, seed), i * size);
    // Yield to other work between two images.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return made;
}

/** The results of a stored robustness study, per scan. @throws FalxError `bad-run` if there is none. */
export function* robustnessInSteps(registry: Registry, run: Run): Steps<Robustness> {
  const stored = registry.studies.robustness(run.id);
  if (!stored) throw new FalxError('robustnessMissing', { run: run.id });
  const [answers] = yield* answersOf(registry, [run]);
  const places = new Map(stored.imageIds.map((id, place) => [id, place]));
  const known = answers!.filter(({ imageId }) => places.has(imageId));
  const inOrder = (probabilities: readonly number[]) =>
    known.map(({ imageId }) => probabilities[places.get(imageId)!]!);
  const models = [stored.clean, ...stored.altered.map(({ probabilities }) => probabilities)].map(inOrder);
  const units = perScan({
    groups: known.map(({ group }) => group),
    labels: known.map(({ label }) => label),
    models,
  });
  const evidence = yield* evidenceInSteps({
    ...units,
    thresholds: models.map(() => stored.threshold),
    compared: 0,
  });
  const measuresAt = (by: Alteration, strength: number) => {
    const place = stored.altered.findIndex((one) => one.by === by && one.strength === strength);
    return evidence.models[strength === 0 ? 0 : place + 1]!.measures;
  };
  return {
    runId: run.id,
    created: stored.created,
    threshold: stored.threshold,
    scans: evidence.units,
    curves: alterations.map((by) => {
      const points = [0, ...strengths].map((strength) => {
        const { accuracy, auc, sensitivity, specificity } = measuresAt(by, strength);
        const amount = strength === 0 ? null : strengthTable[by][strength - 1]!;
        return { strength, amount, accuracy, auc, sensitivity, specificity };
      });
      return {
        by,
        points,
        falls: fallOf(points.map(({ sensitivity }) => sensitivity.value)),
        specificityFalls: fallOf(points.map(({ specificity }) => specificity.value)),
      };
    }),
  };
}

/** The strength at which a measure first falls by five points, interpolated linearly between strengths; null if it never does. */
export function fallOf(shares: readonly (number | null)[]): number | null {
  const [clean, ...others] = shares;
  if (clean === null || clean === undefined) return null;
  const limit = clean - POINTS + 1e-12;
  let before = clean;
  for (const [i, value] of others.entries()) {
    if (value === null) return null;
    if (value <= limit) return i + (before === value ? 1 : Math.min(1, (before - limit) / (before - value)));
    before = value;
  }
  return null;
}

/** Whether a run's study covers the images of its current evaluation. */
export const isCurrent = (registry: Registry, { id }: Run, stored: StoredRobustness): boolean => {
  const [metrics] = registry.metrics.list(id, 'test');
  return metrics !== undefined && metrics.images === stored.imageIds.length;
};
