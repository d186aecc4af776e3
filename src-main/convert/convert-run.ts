import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import { fittedOf, type Fitted } from '../evaluate/fitted.ts';
import type { Json } from '../system/canonical-json.ts';
import { squareInSubprocess } from '../images/subprocess.ts';
import { randomFrom } from '../statistics/random.ts';
import type { Registry } from '../registry/registry.ts';
import { runTaskInWorker } from '../tensorflow/one-task.ts';
import { modelHash } from '../train/manifest.ts';
import { classesOf, dataOf } from '../train/plan.ts';
import { falxVersion } from '../version.ts';
import { modelFacts, type ModelFacts } from './facts.ts';
import type { ConvertedFormat, ConvertReply, ConvertTask, Verified } from './task.ts';

/** Number of scans with which an export is verified. */
const SCANS = 12;

export type ConvertOptions = {
  format: ConvertedFormat;
  target: string;
  onProgress?: ((done: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/** Facts that accompany a run's model in every export. */
export function factsOf(registry: Registry, run: Run): ModelFacts {
  const dataset = registry.datasets.get(registry.splits.get(run.splitId).datasetId);
  const fitted = fittedOf(run)?.fitted ?? null;
  return modelFacts({
    run,
    classes: classesOf(dataset),
    model: modelHash(run.folder),
    falx: falxVersion(),
    metrics: registry.metrics.list(run.id, 'test')[0] ?? null,
    ...(fitted && {
      calibration: {
        temperature: fitted.temperature,
        ...(fitted.calibration && { conformal: conformalOf(fitted.calibration) }),
      },
    }),
  });
}

/**
 * By class: its validation scans' sorted scores, with the number of groups from each on, from which conformal prediction computes
 * p-values.
 */
const conformalOf = (calibration: NonNullable<Fitted['calibration']>): Json => {
  const [negative, positive] = calibration;
  return {
    method: 'class-conditional (Mondrian), by group',
    negative: { ...negative },
    positive: { ...positive },
  };
};

/**
 * Writes a run's model in another format, in a process of its own, and has that format's runtime predict stored scans.
 * @throws FalxError `bad-run` if the runtime can't read it or its answers differ from Falx's; `worker-failed`, `cancelled`.
 */
export async function convertRun(
  run: Run,
  registry: Registry,
  { format, target, onProgress, signal }: ConvertOptions,
): Promise<Verified> {
  const scans = await scansOf(run, registry);
  if (signal?.aborted) throw new FalxError('exportCancelled', { run: run.id });
  return runTaskInWorker<ConvertReply, Verified>({
    module: new URL('./convert-worker.ts', import.meta.url),
    work: {
      work: 'exporting',
      of: run.id,
      log: path.join(registry.home, 'logs', `export-${run.id}.log`),
    },
    task: {
      run: run.id,
      folder: run.folder,
      format,
      target,
      facts: factsOf(registry, run),
      ...scans,
    } satisfies ConvertTask,
    resultIn: (reply) => {
      if (reply.kind === 'done') return reply.verified;
      onProgress?.(reply.done, reply.of);
      return undefined;
    },
    signal,
    cancelled: () => new FalxError('exportCancelled', { run: run.id }),
  });
}

/**
 * Scans that the run was not trained on, if they can still be read; otherwise filled up with synthetic pictures: every runtime must
 * give the same answers for those as well.
 */
async function scansOf(run: Run, registry: Registry): Promise<{ pixels: Uint8Array; count: number }> {
  const found = await storedScans(run, registry).catch((error: unknown): Buffer[] => {
    // For a run that was imported from a file.
    const elsewhere: unknown[] = ['runScansElsewhere', 'importedNoScans'];
    if (error instanceof FalxError && elsewhere.includes(error.facts['why'])) return [];
    throw error;
  });
  const random = randomFrom(7, 'export');
  const size = run.settings.pixels.imageSize ** 2 * 3;
  while (found.length < SCANS)
    found.push(Buffer.from(Uint8Array.from({ length: size }, () => Math.floor(random() * 256))));
  return { pixels: Buffer.concat(found), count: found.length };
}

async function storedScans(run: Run, registry: Registry): Promise<Buffer[]> {
  const { dataset, images, parts } = dataOf(registry, run.splitId);
  const rows = [...parts.test.rows, ...parts.validation.rows, ...parts.train.rows].slice(0, SCANS);
  const read = await Promise.all(
    rows.map((row) =>
      squareInSubprocess(dataset.folder, images[row]!, run.settings.pixels).catch((error: unknown) => {
        if (error instanceof FalxError) return null;
        throw error;
      }),
    ),
  );
  return read.filter((pixels) => pixels !== null);
}
