import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { LIKE_RANDOM, MapTest, mapMethods, type MapMethod } from '../contract/maps.ts';
import type { ClassMaps, CoveredMaps, RandomisedStep } from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import { squareInSubprocess } from '../images/subprocess.ts';
import { hasModel, Predictor } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import { rankCorrelation } from '../statistics/rank-correlation.ts';
import { writeAtomically } from '../system/write-atomically.ts';
import type { Computing } from '../tensorflow/environment.ts';
import { modelHash } from '../train/manifest.ts';
import { dataOf } from '../train/plan.ts';

/** Scans whose maps are compared; how many of them get occlusion maps, which take long. */
const SCANS = 16;
const COVERED = 4;
/** Most other runs whose maps are compared, the newest ones. */
const OTHERS = 3;
const SEED = 1;

export type MapTestOptions = Pick<Computing, 'device' | 'threads'> & {
  registry: Registry;
  home: string;
  run: Run;
  /** Whether to test occlusion, which takes long, or the methods that need no further pass. */
  occlusion: boolean;
  /** Passes done. */
  onProgress?: ((done: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/** Known test results of a run's methods: cached, and made again if the model has changed. */
export async function knownTests(home: string, run: Run): Promise<MapTest[]> {
  const kept = await Promise.all(
    mapMethods.map(async (method) => {
      const text = await readFile(placeOf(home, run, method), 'utf8').catch(() => null);
      if (text === null) return null;
      try {
        const found = Kept.safeParse(JSON.parse(text));
        return found.success && found.data.model === modelHash(run.folder) ? found.data.test : null;
      } catch {
        return null; // truncated by a full disk: it is made again
      }
    }),
  );
  return kept.filter((test) => test !== null);
}

const Kept = z.object({ model: z.string().nullable(), test: MapTest });

const placeOf = (home: string, run: Run, method: MapMethod): string =>
  path.join(home, 'cache', 'map-tests', `${run.id}-${method}.json`);

/**
 * Tests whether a run's maps depend on what it learnt, on scans of its validation set, and keeps the result.
 * Adebayo and others, 2018, arXiv:1810.03292: the weights are randomised from the head down, layers at a time, and the maps
 * compared with the trained network's by Spearman's rank correlation, averaged over the scans. Repeatability: the same comparison
 * with the maps of other trainings of the network on the split. Runs in a process of its own, so that scans are predicted
 * meanwhile.
 * @throws FalxError `bad-split` without a validation set, `cancelled`, or as the worker.
 */
export async function testMaps(options: MapTestOptions): Promise<MapTest[]> {
  const { registry, home, run, occlusion, onProgress, signal, device, threads } = options;
  const pixels = await validationScans(registry, run);
  const count = occlusion ? Math.min(COVERED, pixels.length) : pixels.length;
  const all = Buffer.concat(pixels.slice(0, count));
  const where = { device, threads, signal };
  const predictor = await Predictor.open(run, home, where);
  let steps: RandomisedStep[];
  try {
    steps = await predictor.randomised(all, count, {
      seed: SEED,
      occlusion: occlusion ? count : 0,
      onProgress,
    });
  } finally {
    await predictor.close();
  }
  const made = occlusion
    ? [testOf('occlusion', count, steps, ({ covered }) => covered && splitCovered(covered))]
    : [
        testOf('cam', count, steps, ({ maps }) => each(maps, maps.cam)),
        testOf('gradcampp', count, steps, ({ maps }) => each(maps, maps.gradcampp.positive)),
      ];
  const others = occlusion ? [] : await othersOf(registry, run, all, count, options);
  const tests = made.map((test): MapTest => {
    if (others.length === 0) return test;
    const mapsIn = (maps: ClassMaps) =>
      each(maps, test.method === 'cam' ? maps.cam : maps.gradcampp.positive);
    const own = mapsIn(steps[0]!.maps);
    const likeness = others.map((maps) => meanCorrelation(own, mapsIn(maps)));
    const similarity = likeness.reduce((sum, one) => sum + one, 0) / likeness.length;
    return { ...test, repeat: { runs: others.length, similarity } };
  });
  if (!registry.readOnly) await store(home, run, tests);
  return tests;
}

async function store(home: string, run: Run, tests: readonly MapTest[]): Promise<void> {
  await mkdir(path.join(home, 'cache', 'map-tests'), { recursive: true });
  const model = modelHash(run.folder);
  for (const test of tests)
    await writeAtomically(placeOf(home, run, test.method), JSON.stringify({ model, test }));
}

/** Some scans of the validation set, the same each time. @returns uint8 [imageSize, imageSize, 3] each. */
async function validationScans(registry: Registry, run: Run): Promise<Buffer[]> {
  const { dataset, images, parts } = dataOf(registry, run.splitId);
  const rows = shuffled(parts.validation.rows.length, randomFrom(SEED, 'map test'))
    .slice(0, SCANS)
    .map((place) => parts.validation.rows[place]!);
  if (rows.length === 0) throw new FalxError('mapNoScans', { run: run.id });
  return Promise.all(
    rows.map((row) => squareInSubprocess(dataset.folder, images[row]!, run.settings.pixels)),
  );
}

/** The same scans' maps by other trainings of the network with the same preprocessing. */
async function othersOf(
  registry: Registry,
  run: Run,
  pixels: Uint8Array,
  count: number,
  { home, device, threads, signal }: MapTestOptions,
): Promise<ClassMaps[]> {
  const seen = JSON.stringify(run.settings.pixels);
  const others = registry.runs
    .list()
    .filter(
      (other) =>
        other.id !== run.id &&
        other.splitId === run.splitId &&
        other.network === run.network &&
        other.removed === null &&
        hasModel(other) &&
        JSON.stringify(other.settings.pixels) === seen,
    )
    .toSorted((a, b) => b.created.localeCompare(a.created))
    .slice(0, OTHERS);
  const found: ClassMaps[] = [];
  for (const other of others) {
    const predictor = await Predictor.open(other, home, { device, threads, signal });
    try {
      found.push((await predictor.pixels(pixels, count, { maps: true })).maps!);
    } finally {
      await predictor.close();
    }
  }
  return found;
}

function testOf(
  method: MapMethod,
  scans: number,
  steps: readonly RandomisedStep[],
  mapsIn: (step: RandomisedStep) => Float32Array[] | null,
): MapTest {
  const trained = mapsIn(steps[0]!)!;
  const compared = steps.flatMap((step) => {
    const maps = mapsIn(step);
    return maps ? [{ layers: step.layers, of: step.of, similarity: meanCorrelation(trained, maps) }] : [];
  });
  return {
    method,
    scans,
    steps: compared,
    // An inverted map is as similar as the map itself.
    passed: Math.abs(compared.at(-1)!.similarity) < LIKE_RANDOM,
    repeat: null,
    created: new Date().toISOString(),
  };
}

function meanCorrelation(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return a.reduce((sum, map, i) => sum + rankCorrelation(map, b[i]!), 0) / a.length;
}

function each({ height, width }: ClassMaps, values: Float32Array): Float32Array[] {
  return splitEvery(values, height * width);
}

const splitCovered = ({ cells, drops }: CoveredMaps): Float32Array[] => splitEvery(drops, cells * cells);

function splitEvery(values: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: values.length / size }, (_, i) => values.subarray(i * size, (i + 1) * size));
}
