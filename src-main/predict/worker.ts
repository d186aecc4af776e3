import { existsSync } from 'node:fs';
import { FalxError } from '../contract/errors.ts';
import { binding } from '../tensorflow/runtime.ts';
import { Session } from '../tensorflow/session.ts';
import { failureOf } from '../tensorflow/worker-side.ts';
import { PixelReader } from '../train/batches.ts';
import { numbers, valuesOf } from '../train/engine.ts';
import { frozenFolder, writeFrozen } from '../train/frozen.ts';
import { trainingModel } from '../train/model.ts';
import { readCard } from '../train/storage.ts';
import type { PredictReply, PredictRequest } from '../contract/packets.ts';
import type { ModelCard } from '../train/storage.ts';

/** The predictor process: opens one run's model and answers until the core hangs up. */

interface Opened {
  session: Session;
  card: ModelCard;
}
let opened: Opened | undefined;

process.on('message', (request: PredictRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

async function answer(request: PredictRequest): Promise<void> {
  const reply = await replyTo(request).catch((error: unknown): PredictReply => ({
    request: request.request,
    ...failureOf(error),
  }));
  process.send?.(reply);
}

async function replyTo(request: PredictRequest): Promise<PredictReply> {
  const id = request.request;
  if (request.kind === 'open') {
    opened?.session.close();
    const { card } = (opened = open(request.folder));
    return {
      kind: 'opened',
      request: id,
      device: binding().isUsingGpuDevice() ? 'GPU' : 'CPU',
      imageSize: card.settings.pixels.imageSize,
      classes: card.classes,
      modelBytes: card.modelBytes,
      parameters: card.parameters,
    };
  }
  if (opened === undefined) throw new Error('asked to predict before a run was opened');
  const { session, card } = opened;
  const side = card.settings.pixels.imageSize;
  if (request.kind === 'pixels') {
    const started = performance.now();
    const probabilities = probabilitiesOf(session, request.pixels, request.count, side);
    return { kind: 'probabilities', request: id, probabilities, milliseconds: performance.now() - started };
  }
  const reader = await PixelReader.open(request.pixelFile);
  try {
    const probabilities = new Float32Array(request.rows.length);
    let milliseconds = 0;
    for (let from = 0; from < request.rows.length; from += request.batchSize) {
      const rows = request.rows.slice(from, from + request.batchSize);
      const pixels = await reader.read(rows);
      const started = performance.now();
      probabilities.set(probabilitiesOf(session, pixels, rows.length, side), from);
      milliseconds += performance.now() - started;
    }
    return { kind: 'probabilities', request: id, probabilities, milliseconds };
  } finally {
    await reader.close();
  }
}

/** @param pixels uint8 [count, side, side, 3]. @returns probability of the positive class, [count]. */
function probabilitiesOf(session: Session, pixels: Uint8Array, count: number, side: number): Float32Array {
  const images = { dtype: 'uint8', shape: [count, side, side, 3], data: pixels } as const;
  return numbers(session.run({ 'predict/images:0': images }, ['predict/probability:0'])[0]);
}

function open(folder: string): Opened {
  const card = readCard(folder);
  if (card === null)
    throw new FalxError(
      'bad-run',
      `There is no finished model in ${folder}. Train the run to its end first.`,
      { folder },
    );
  if (!existsSync(frozenFolder(folder))) writeFrozen(folder, card.settings, savedWeights(folder, card));
  return { session: new Session(frozenFolder(folder)), card };
}

/** What the predicting graph is made from, out of a run's SavedModel. */
function savedWeights(folder: string, { settings }: ModelCard): Map<string, Float32Array> {
  const { frozen } = trainingModel(settings, []);
  const session = new Session(folder);
  try {
    return valuesOf(session, frozen);
  } finally {
    session.close();
  }
}
