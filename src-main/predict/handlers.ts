import { FalxError } from '../contract/errors.ts';
import type { Prediction, Run } from '../contract/records.ts';
import type { PixelPath } from '../contract/settings.ts';
import { toSquare } from '../images/pixels.ts';
import { withFile } from '../images/read.ts';
import type { Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { Predictor, requireModel, THRESHOLD, warmUp } from './predictor.ts';

/** Scans the network judges at once: enough to use the machine, few enough to hold in memory. */
const BATCH = 16;

export type PredictOptions = {
  registry: Registry;
  home: string;
  runId: string;
  /** Absolute paths. */
  files: readonly string[];
  /** At or above this probability a scan is called positive; 0.5 when left out. */
  threshold?: number;
  /** Called after each batch with what is known of it. */
  onPredictions?: (predictions: Prediction[]) => void;
};

type Scan = { file: string; sha256: string | null; pixels: Uint8Array | null; error: string | null };

/**
 * The probability of the positive class for each file, in the order given. Each file takes the pixel path the
 * network was trained with. A file that can't be read gets a record with its error; the others are answered.
 * All records are stored.
 * @throws FalxError `bad-run` when the run has no model.
 */
export async function predictFiles({
  registry,
  home,
  runId,
  files,
  threshold = THRESHOLD,
  onPredictions,
}: PredictOptions): Promise<Prediction[]> {
  const run = registry.run(runId);
  const predictor = await Predictor.open(run, home);
  try {
    // TensorFlow prepares the network at its first answer: that is done while the first files are being read, so
    // that the times told are those of the scans alone.
    const prepared = warmUp(predictor);
    prepared.catch(() => undefined); // awaited below
    const all: Prediction[] = [];
    for (const some of batchesOf(files)) {
      const scans = await readScans(some, run.settings.pixels);
      await prepared;
      const predictions = await judge(run, scans, predictor, threshold);
      for (const prediction of predictions) registry.addPrediction(prediction);
      onPredictions?.(predictions);
      all.push(...predictions);
    }
    return all;
  } finally {
    await predictor.close();
  }
}

export type ScansOptions = {
  registry: Registry;
  /** Each with the probability from which on it calls a scan positive. */
  runs: readonly { run: Run; threshold: number }[];
  /** Absolute paths; all of them are held in memory as pixels. */
  files: readonly string[];
  /** Lends a run's network, ready to answer. */
  use: <T>(run: Run, work: (predictor: Predictor) => Promise<T>) => Promise<T>;
};

/**
 * What several runs answer on the same files, run after run. Runs with the same pixel path share what is read, so
 * that each file is read once a path. All records are stored.
 * @throws FalxError `bad-run` when one of the runs has no model, before anything is read.
 */
export async function predictScans({ registry, runs, files, use }: ScansOptions): Promise<Prediction[]> {
  for (const { run } of runs) requireModel(run);
  const reads = new Map<string, Promise<Scan[]>>();
  const scansFor = (pixels: PixelPath): Promise<Scan[]> => {
    const key = JSON.stringify([pixels.version, pixels.imageSize, pixels.canvas]);
    const read = reads.get(key) ?? readInTurn(files, pixels);
    reads.set(key, read);
    return read;
  };
  const all: Prediction[] = [];
  for (const { run, threshold } of runs) {
    const reading = scansFor(run.settings.pixels);
    reading.catch(() => undefined); // awaited once the network is there
    const predictions = await use(run, async (predictor) => {
      const judged: Prediction[] = [];
      for (const some of batchesOf(await reading))
        judged.push(...(await judge(run, some, predictor, threshold)));
      return judged;
    });
    for (const prediction of predictions) registry.addPrediction(prediction);
    all.push(...predictions);
  }
  return all;
}

function batchesOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) =>
    all.slice(i * BATCH, (i + 1) * BATCH),
  );
}

async function readInTurn(files: readonly string[], pixelPath: PixelPath): Promise<Scan[]> {
  const scans: Scan[] = [];
  for (const some of batchesOf(files)) scans.push(...(await readScans(some, pixelPath)));
  return scans;
}

function readScans(files: readonly string[], pixelPath: PixelPath): Promise<Scan[]> {
  return Promise.all(files.map((file) => readScan(file, pixelPath)));
}

async function readScan(file: string, pixelPath: PixelPath): Promise<Scan> {
  let sha256: string | null = null;
  try {
    const pixels = await withFile(file, file, (input) => {
      sha256 = sha256Of(input);
      return toSquare(input, file, pixelPath);
    });
    return { file, sha256, pixels, error: null };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { file, sha256, pixels: null, error: error.message };
  }
}

async function judge(
  run: Run,
  scans: readonly Scan[],
  predictor: Predictor,
  threshold: number,
): Promise<Prediction[]> {
  const readable = scans.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  const { classes } = predictor.network;
  const created = new Date().toISOString();
  const reply = readable.length > 0 ? await predictor.pixels(Buffer.concat(readable), readable.length) : null;
  let answered = 0;
  return scans.map(({ file, sha256, pixels, error }): Prediction => {
    const probability = pixels && reply ? reply.probabilities[answered++]! : null;
    const record = { runId: run.id, file, sha256, threshold, created };
    if (probability === null || !reply) return { ...record, ...unanswered, error };
    if (!Number.isFinite(probability))
      return {
        ...record,
        ...unanswered,
        error: `${run.id} has no answer for ${file}: its training diverged. Use another run.`,
      };
    const positive = probability >= threshold;
    const label = classes[positive ? 1 : 0];
    return {
      ...record,
      probability,
      label,
      positive,
      milliseconds: reply.milliseconds / readable.length,
      error: null,
    };
  });
}

const unanswered = { probability: null, label: null, positive: null, milliseconds: null };
