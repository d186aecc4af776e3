import { FalxError } from '../contract/errors.ts';
import type { PixelFile } from '../contract/packets.ts';
import type { Metrics, Run } from '../contract/records.ts';
import { pixelFile } from '../images/cache.ts';
import { Predictor, THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import type { Computing } from '../tensorflow/environment.ts';
import { requireWholeSplit } from '../split/hash.ts';
import { trainingDataOf, requireScans, type RunData } from '../train/plan.ts';
import { rocPoints, thresholdSteps, type RocPoint } from '../statistics/roc.ts';
import { measure } from './compute-metrics.ts';
import { fitAnswers } from './fit.ts';

export type EvaluateOptions = Pick<Computing, 'device' | 'threads'> & {
  registry: Registry;
  home: string;
  runId: string;
  /** Called while the test images are being decoded. */
  onPixels?: ((done: number, total: number) => void) | undefined;
  /** Cancels it; nothing is stored then. */
  signal?: AbortSignal | undefined;
};

/**
 * Has a run's network predict its test set, stores the probabilities and the measures, and keeps in the run's folder how reliable
 * its answers are and which scans it knows (`fitAnswers`).
 * @throws FalxError `bad-run` if the run has no model or answers NaN, `bad-split` without a test set, `cancelled`.
 */
export async function evaluateRun(options: EvaluateOptions): Promise<Metrics> {
  const { registry, runId } = options;
  const run = registry.runs.get(runId);
  requireScans(registry, run.splitId);
  await requireWholeSplit(registry, run, options.signal);
  const data = await trainingDataOf(registry, run);
  const { rows, labels } = data.parts.test;
  if (rows.length === 0) throw new FalxError('splitNoTest', { split: run.splitId, run: run.id });
  // The network first: a run without a model is refused before any image is read.
  const { home, onPixels, device, threads, signal } = options;
  const predictor = await Predictor.open(run, home, { device, threads, signal });
  try {
    const pixels = await pixelFile(data.dataset, data.images, run.settings.pixels, home, onPixels, signal);
    const test = await evaluateTestSet(run, data, pixels, predictor);
    const measures = measure(labels, test.probabilities, THRESHOLD);
    if (!measures) throw new FalxError('runDiverged', { run: run.id });
    const metrics: Metrics = {
      runId: run.id,
      part: 'test',
      created: new Date().toISOString(),
      ...measures,
      ...test.costs,
    };
    // Before the metrics, which mark the run as evaluated: a run that is cancelled here is evaluated again.
    await fitAnswers({ registry, run, data, pixels, predictor, test, signal });
    registry.transaction(() => {
      registry.testPredictions.replace(
        run.id,
        rows.map((row, i) => ({ imageId: data.images[row]!.id, probability: test.probabilities[i]! })),
      );
      registry.metrics.put(metrics);
    });
    return metrics;
  } finally {
    await predictor.close();
  }
}

/** The ROC curve of an evaluated run's test set; empty before it is evaluated. */
export function rocOf(registry: Registry, runId: string): RocPoint[] {
  const rows = registry.testPredictions.list(runId);
  const steps = thresholdSteps(
    rows.map((row) => row.label),
    rows.map((row) => row.probability),
  );
  return steps ? rocPoints(steps) : [];
}

async function evaluateTestSet(run: Run, data: RunData, pixels: PixelFile, predictor: Predictor) {
  const { rows } = data.parts.test;
  const { batchSize } = run.settings;
  // TensorFlow plans and allocates in the first batch; the time per scan is measured on later ones.
  await predictor.rows(pixels, rows.slice(0, batchSize), batchSize, true);
  const { probabilities, features, milliseconds } = await predictor.rows(pixels, rows, batchSize, true);
  const { modelBytes, parameters } = predictor.network;
  const costs = { millisecondsPerScan: milliseconds / rows.length, modelBytes, parameters };
  return { probabilities, features: features!, costs };
}
