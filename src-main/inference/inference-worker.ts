import { existsSync } from 'node:fs';
import { FalxError } from '../contract/errors.ts';
import { binding } from '../tensorflow/runtime.ts';
import { Session } from '../tensorflow/session.ts';
import { failureOf, receive, send } from '../tensorflow/worker-side.ts';
import { PixelReader } from '../train/batches.ts';
import { numbers, valuesOf } from '../train/engine.ts';
import { frozenFolder, writeFrozen } from '../train/frozen.ts';
import { trainingModel } from '../train/model.ts';
import { damagedFile, readManifest, writeManifest } from '../train/manifest.ts';
import { modelDamaged, modelStamps, readCard } from '../train/run-storage.ts';
import type { PredictReply, PredictRequest } from '../contract/packets.ts';
import type { Manifest } from '../train/manifest.ts';
import type { ModelCard } from '../train/run-storage.ts';

/** The predictor process: opens one run's model and answers until the core hangs up. */

interface Opened {
  session: Session;
  card: ModelCard;
}
let opened: Opened | undefined;

receive((request: PredictRequest) => void answer(request));

async function answer(request: PredictRequest): Promise<void> {
  const reply = await replyTo(request).catch((error: unknown): PredictReply => ({
    request: request.request,
    ...failureOf(error),
  }));
  send(reply);
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
  const manifest = readManifest(folder);
  const card = typeof manifest === 'string' ? vouchedFor(folder, manifest) : checked(folder, manifest);
  return { session: new Session(frozenFolder(folder)), card };
}

/** Finds any damage to what predicting needs before it is used. What can be made again from the rest is. */
function checked(folder: string, manifest: Manifest): ModelCard {
  const { files } = manifest;
  const isFrozen = (name: string): boolean => name.startsWith('frozen/');
  const wrong = damagedFile(folder, files, (name) => name === 'falx.json');
  const card = readCard(folder);
  if (wrong !== null || card === null) throw modelDamaged(wrong ?? folder);
  const frozen = damagedFile(folder, files, isFrozen);
  if (frozen === null) return card;
  const source = damagedFile(folder, files, (name) => !isFrozen(name));
  if (source !== null) throw modelDamaged(source);
  console.error(`${frozen} is gone or damaged: it is made again from the weights`);
  writeFrozen(folder, card.settings, savedWeights(folder, card));
  writeManifest(folder, { ...manifest, files: modelStamps(folder) });
  return card;
}

/**
 * A run of an earlier Falx, or one whose manifest is damaged: TensorFlow reads all its weights and compares its own
 * checksums, the predicting graph is made from them, and a manifest vouches for them from now on.
 */
function vouchedFor(folder: string, manifest: 'absent' | 'damaged'): ModelCard {
  const card = readCard(folder);
  if (card === null) throw new FalxError('modelUnfinished', { folder });
  const weights = savedWeights(folder, card);
  console.error(`the manifest of ${folder} is ${manifest}: it is made anew, now that its weights were read`);
  try {
    writeFrozen(folder, card.settings, weights);
    writeManifest(folder, { falx: 1, runId: card.runId, ended: null, files: modelStamps(folder) });
  } catch (error) {
    // Nothing may be written here, or there is no room: the run can be used all the same.
    if (!existsSync(frozenFolder(folder))) throw error;
    console.error(error);
  }
  return card;
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
