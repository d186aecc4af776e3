import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type {
  CoveredMaps,
  PixelFile,
  PredictReply,
  PredictRequest,
  RandomisedStep,
} from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import { isReadOnly } from '../registry/read-only.ts';
import { RequestWorker, type OnProgress } from '../tensorflow/request-worker.ts';
import { predictingEnvironment, type Computing } from '../tensorflow/environment.ts';
import type { Watch } from '../tensorflow/watchdog.ts';

type Where = Pick<Computing, 'device' | 'threads'>;
type Opened = Extract<PredictReply, { kind: 'opened' }>;
type Probabilities = Extract<PredictReply, { kind: 'probabilities' }>;
type Answer = Exclude<PredictReply, { kind: 'progress' | 'failed' }>;

/** At or above this probability a scan is called positive. */
export const THRESHOLD = 0.5;

/** The folder of the worker's log: for a read-only home, a temporary one that is removed with the worker. */
function logFolder(home: string): { folder: string; remove: () => void } {
  if (!isReadOnly(path.join(home, 'registry.sqlite')))
    return { folder: path.join(home, 'logs'), remove: () => undefined };
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-predict-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** One run's network in a worker process, ready to predict. */
export class Predictor {
  readonly #worker: RequestWorker<PredictRequest, Answer>;
  #opened: Opened | undefined;
  #forget: () => void = () => undefined;

  private constructor(run: Run, home: string, where: Where, watch: Watch | undefined) {
    const { folder, remove } = logFolder(home);
    const log = path.join(folder, `predict-${run.id}.log`);
    this.#worker = new RequestWorker(
      { work: 'predicting', of: run.id, log },
      {
        module: new URL('./inference-worker.ts', import.meta.url),
        environment: predictingEnvironment(),
        ...where,
      },
      { watch, onGone: remove },
    );
  }

  /**
   * Starts the worker and loads the run's network. `signal` ends the worker at any time; pending requests are then `cancelled`.
   * @throws FalxError `bad-run` if the run has no model, `cancelled`, or whatever the worker reports.
   */
  static async open(
    run: Run,
    home: string,
    {
      device,
      threads,
      signal,
      watch,
    }: Where & { signal?: AbortSignal | undefined; watch?: Watch | undefined } = {},
  ): Promise<Predictor> {
    requireModel(run);
    refuseCancelled(run, signal);
    const predictor = new Predictor(run, home, { device, threads }, watch);
    const breakOff = () => predictor.#worker.end(cancelled(run));
    signal?.addEventListener('abort', breakOff, { once: true });
    predictor.#forget = () => signal?.removeEventListener('abort', breakOff);
    try {
      predictor.#opened = (await predictor.#worker.ask({ kind: 'open', folder: run.folder })) as Opened;
      return predictor;
    } catch (error) {
      await predictor.close();
      throw error;
    }
  }

  /** The worker's facts on the network: device, input side in pixels, bytes and number of its parameters. */
  get network(): Opened {
    return this.#opened!;
  }

  /** Settles when the worker has ended, so that it must be opened anew. */
  get gone(): Promise<void> {
    return this.#worker.gone;
  }

  /**
   * @param pixels uint8 [count, imageSize, imageSize, 3].
   * @param also further outputs of the same pass: `maps`, the class maps; `features`, the input of the head.
   */
  pixels(
    pixels: Uint8Array,
    count: number,
    { maps = false, features = false }: { maps?: boolean; features?: boolean } = {},
  ): Promise<Probabilities> {
    return this.#worker.ask({ kind: 'pixels', pixels, count, maps, features }) as Promise<Probabilities>;
  }

  /** The effect of covering each part of a picture. @param pixels uint8 [imageSize, imageSize, 3]. */
  occlusion(pixels: Uint8Array, onProgress?: OnProgress): Promise<CoveredMaps> {
    return this.#worker.ask({ kind: 'occlusion', pixels }, onProgress) as Promise<
      Extract<PredictReply, { kind: 'occlusion' }>
    >;
  }

  /**
   * Maps of the trained network, then with more and more of its layers randomised; the network itself is unchanged.
   * @param pixels uint8 [count, imageSize, imageSize, 3].
   * @param options `occlusion`: how many of the pictures are also covered, before the first step and after the last.
   */
  async randomised(
    pixels: Uint8Array,
    count: number,
    { seed, occlusion, onProgress }: { seed: number; occlusion: number; onProgress?: OnProgress | undefined },
  ): Promise<RandomisedStep[]> {
    const reply = await this.#worker.ask({ kind: 'randomise', pixels, count, seed, occlusion }, onProgress);
    return (reply as Extract<PredictReply, { kind: 'randomised' }>).steps;
  }

  /** Probabilities of some rows of a pixel file, in the order of `rows`. */
  rows(pixelFile: PixelFile, rows: number[], batchSize: number, features = false): Promise<Probabilities> {
    return this.#worker.ask({ kind: 'rows', pixelFile, rows, batchSize, features }) as Promise<Probabilities>;
  }

  /** Ends the worker and waits until it is gone. */
  async close(): Promise<void> {
    this.#forget();
    this.#worker.end(); // it has no unsaved state
    await this.#worker.gone; // one that never started is gone too
  }
}

/** Has TensorFlow prepare the network, which otherwise happens in the first prediction. */
export async function warmUp(predictor: Predictor): Promise<void> {
  const { imageSize } = predictor.network;
  await predictor.pixels(new Uint8Array(imageSize ** 2 * 3), 1);
}

function cancelled(run: Run): FalxError {
  return new FalxError('askingCancelled', { run: run.id });
}

/** @throws FalxError `cancelled` if the signal is aborted. */
export function refuseCancelled(run: Run, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(run);
}

/** Whether training left a model behind. */
export function hasModel(run: Run): boolean {
  return run.status === 'done' || run.status === 'stopped';
}

/** @throws FalxError `bad-run` if the run's imported head allows no class maps. */
export function requireMaps(run: Run): void {
  if ((run.settings.imported?.head.length ?? 0) > 0) throw new FalxError('importedNoMap', { run: run.id });
}

/** @throws FalxError `bad-run`, with what to do, if training left no model behind. */
export function requireModel(run: Run): void {
  if (hasModel(run)) return;
  throw new FalxError('runNoModel', { run: run.id, status: run.status });
}
