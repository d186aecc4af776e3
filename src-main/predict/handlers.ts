import { createHash } from 'node:crypto';
import { FalxError } from '../contract/errors.ts';
import type { Prediction, Run } from '../contract/records.ts';
import { toSquare } from '../images/pixels.ts';
import { withFile } from '../images/read.ts';
import type { Registry } from '../registry/registry.ts';
import { Predictor, THRESHOLD } from './predictor.ts';

/** Scans the network judges at once: enough to use the machine, few enough to hold in memory. */
const BATCH = 16;

export type PredictOptions = {
  registry: Registry;
  home: string;
  runId: string;
  /** Absolute paths. */
  files: readonly string[];
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
  onPredictions,
}: PredictOptions): Promise<Prediction[]> {
  const run = registry.run(runId);
  const predictor = await Predictor.open(run, home);
  try {
    // TensorFlow prepares the network at its first answer: that is done while the first files are being read, so
    // that the times told are those of the scans alone.
    const { imageSize } = predictor.network;
    const prepared = predictor.pixels(new Uint8Array(imageSize ** 2 * 3), 1);
    prepared.catch(() => undefined); // awaited below
    const all: Prediction[] = [];
    for (let start = 0; start < files.length; start += BATCH) {
      const scans = await Promise.all(files.slice(start, start + BATCH).map((file) => readScan(file, run)));
      await prepared;
      const predictions = await judge(run, scans, predictor);
      for (const prediction of predictions) registry.addPrediction(prediction);
      onPredictions?.(predictions);
      all.push(...predictions);
    }
    return all;
  } finally {
    await predictor.close();
  }
}

async function readScan(file: string, run: Run): Promise<Scan> {
  let sha256: string | null = null;
  try {
    const pixels = await withFile(file, file, (input) => {
      sha256 = createHash('sha256').update(input).digest('hex');
      return toSquare(input, file, run.settings.pixels);
    });
    return { file, sha256, pixels, error: null };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { file, sha256, pixels: null, error: error.message };
  }
}

async function judge(run: Run, scans: Scan[], predictor: Predictor): Promise<Prediction[]> {
  const readable = scans.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  const { classes } = predictor.network;
  const created = new Date().toISOString();
  const reply = readable.length > 0 ? await predictor.pixels(Buffer.concat(readable), readable.length) : null;
  let answered = 0;
  return scans.map(({ file, sha256, pixels, error }): Prediction => {
    const probability = pixels && reply ? reply.probabilities[answered++]! : null;
    const record = { runId: run.id, file, sha256, created };
    if (probability === null || !reply) return { ...record, ...unanswered, error };
    if (!Number.isFinite(probability))
      return {
        ...record,
        ...unanswered,
        error: `${run.id} has no answer for ${file}: its training diverged. Use another run.`,
      };
    const positive = probability >= THRESHOLD;
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
