import { existsSync } from 'node:fs';
import { FalxError } from '../contract/errors.ts';
import { binding } from '../tensorflow/runtime.ts';
import { Session } from '../tensorflow/session.ts';
import { failureOf, receive, send } from '../tensorflow/worker-side.ts';
import { networks } from '../networks/index.ts';
import { PixelReader } from '../train/batches.ts';
import { numbers } from '../train/engine.ts';
import { frozenFolder, writeFrozen } from '../train/frozen.ts';
import { featureLayer, headLayer } from '../train/model.ts';
import { savedWeights } from '../train/saved-weights.ts';
import { damagedFile, readManifest, writeManifest } from '../train/manifest.ts';
import { modelDamaged, modelStamps, readCard } from '../train/run-storage.ts';
import type {
  ClassMaps,
  CoveredMaps,
  PredictReply,
  PredictRequest,
  RandomisedStep,
} from '../contract/packets.ts';
import type { NetworkName } from '../contract/networks.ts';
import { classMaps, type LastMaps } from './class-maps.ts';
import { cover, meanColour, occlusionMap, occlusionPlan } from './occlusion.ts';
import { RandomisedNetwork } from './randomised.ts';
import type { Value } from '../tensorflow/session.ts';
import type { Manifest } from '../train/manifest.ts';
import type { ModelCard } from '../train/run-storage.ts';

/** The predictor process: opens one run's model and answers until the core closes its pipe. */

interface Opened {
  session: Session;
  card: ModelCard;
  folder: string;
  /** Of the dense unit, once they were requested. */
  headWeights?: Float32Array;
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
    const seen = predictionsOf(opened, request.pixels, request.count, request);
    return { kind: 'probabilities', request: id, ...seen, milliseconds: performance.now() - started };
  }
  if (request.kind === 'occlusion') {
    const onProgress = progressOf(id);
    return {
      kind: 'occlusion',
      request: id,
      ...(await occlusionMaps(
        session,
        headWeights(opened),
        { pixels: request.pixels, count: 1, side, across: 8 },
        onProgress,
      )),
    };
  }
  if (request.kind === 'randomise')
    return { kind: 'randomised', request: id, steps: await randomised(opened, request) };
  const reader = await PixelReader.open(request.pixelFile);
  try {
    const probabilities = new Float32Array(request.rows.length);
    const features: Float32Array[] = [];
    let milliseconds = 0;
    for (let from = 0; from < request.rows.length; from += request.batchSize) {
      const rows = request.rows.slice(from, from + request.batchSize);
      const pixels = await reader.read(rows);
      const started = performance.now();
      const seen = predictionsOf(opened, pixels, rows.length, { features: request.features });
      probabilities.set(seen.probabilities, from);
      if (seen.features) features.push(seen.features);
      milliseconds += performance.now() - started;
    }
    return {
      kind: 'probabilities',
      request: id,
      probabilities,
      milliseconds,
      ...(request.features && { features: joined(features) }),
    };
  } finally {
    await reader.close();
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A session that predicts, with the weights as constants or as variables. */
type Answers = Pick<Session, 'run'>;

const feedsOf = (pixels: Uint8Array, count: number, side: number) => ({
  'predict/images:0': { dtype: 'uint8', shape: [count, side, side, 3], data: pixels } as const,
});

type Answered = { probabilities: Float32Array; maps?: ClassMaps; features?: Float32Array };

/**
 * Probabilities of the positive class, float32 [count], and from the same pass the class maps and the features. Every run's graph
 * uses the same node names, so a run trained by an earlier version of Falx gives all three.
 */
function predictionsOf(
  one: Opened,
  pixels: Uint8Array,
  count: number,
  wanted: { maps?: boolean | undefined; features?: boolean | undefined },
): Answered {
  const { network, pixels: seen } = one.card.settings;
  // Always all of them: TensorFlow would prepare the network anew, which takes a second, for each combination.
  const fetches = ['predict/probability:0', lastMapsOf(network), featureTensor];
  const [probabilities, maps, features] = one.session.run(feedsOf(pixels, count, seen.imageSize), fetches);
  // Maps are of the dense unit on the means of the last maps, which an imported head may lack.
  const wantsMaps = wanted.maps === true && !hasOwnHead(one.card.settings);
  return {
    probabilities: numbers(probabilities),
    ...(wantsMaps && { maps: classMaps(lastMaps(maps), headWeights(one)) }),
    ...(wanted.features && { features: numbers(features) }),
  };
}

const hasOwnHead = ({ imported }: ModelCard['settings']): boolean => (imported?.head.length ?? 0) > 0;

const featureTensor = `predict/${featureLayer}:0`;

/** Of the dense unit, float32 [channels]. */
const headWeights = (one: Opened): Float32Array =>
  (one.headWeights ??= numbers(one.session.run({}, [`predict/${headLayer}/kernel:0`])[0]));

const lastMapsOf = (network: NetworkName): string => `predict/${networks[network].lastLayer}:0`;

function lastMaps(value: Value | undefined): LastMaps {
  const values = numbers(value);
  const [count, height, width, channels] = value!.shape as [number, number, number, number];
  return { count, height, width, channels, values };
}

/** Covered variants of a picture that are predicted at once. */
const COVERED = 16;

/** @param across windows along a side. */
async function occlusionMaps(
  session: Answers,
  weights: Float32Array,
  { pixels, count, side, across }: { pixels: Uint8Array; count: number; side: number; across: number },
  onProgress: (done: number, of: number) => void,
): Promise<CoveredMaps> {
  const plan = occlusionPlan(side, across);
  const [size, places] = [side * side * 3, plan.places ** 2];
  // Without the head's bias, which cancels out.
  const logits = (some: Uint8Array, n: number): Float32Array => {
    const pooled = numbers(session.run(feedsOf(some, n, side), [featureTensor])[0]);
    return Float32Array.from({ length: n }, (_, i) =>
      weights.reduce((sum, weight, k) => sum + weight * pooled[i * weights.length + k]!, 0),
    );
  };
  const drops = new Float32Array(count * plan.cells ** 2);
  for (let image = 0; image < count; image += 1) {
    const picture = pixels.subarray(image * size, (image + 1) * size);
    const mean = meanColour(picture);
    const whole = logits(picture, 1)[0]!;
    const fell = new Float32Array(places);
    for (let from = 0; from < places; from += COVERED) {
      const n = Math.min(COVERED, places - from);
      const batch = new Uint8Array(n * size);
      for (let i = 0; i < n; i += 1)
        cover(picture, mean, plan, from + i, batch.subarray(i * size, (i + 1) * size));
      fell.set(
        logits(batch, n).map((logit) => whole - logit),
        from,
      );
      onProgress(image * places + from + n, count * places);
      await yieldToMessages();
    }
    drops.set(occlusionMap(fell, plan), image * plan.cells ** 2);
  }
  return { cells: plan.cells, drops };
}

/** Lets messages in and out between blocking runs. */
const yieldToMessages = () => new Promise<void>((resolve) => setImmediate(resolve));

const progressOf =
  (request: number) =>
  (done: number, of: number): void =>
    send({ kind: 'progress', request, done, of } satisfies PredictReply);

/** The trained network's maps, then those after each step of randomising its weights. */
async function randomised(
  { card, folder }: Opened,
  { request, pixels, count, seed, occlusion }: PredictRequest & { kind: 'randomise' },
): Promise<RandomisedStep[]> {
  const { settings } = card;
  const side = settings.pixels.imageSize;
  const network = new RandomisedNetwork(settings, savedWeights(folder, card.settings));
  try {
    const levels = [0, ...network.steps];
    const steps: RandomisedStep[] = [];
    // Occlusion takes one pass per window; it is counted in the same progress.
    const windows = occlusion > 0 ? 2 * occlusion * occlusionPlan(side, COARSE).places ** 2 : 0;
    const all = levels.length * count + windows;
    let done = 0;
    const onProgress = progressOf(request);
    for (const layers of levels) {
      if (layers > 0) network.randomise(layers, seed);
      const key = `${headLayer}/kernel`;
      const [last] = network.run(feedsOf(pixels, count, side), [lastMapsOf(settings.network)]);
      const maps = classMaps(lastMaps(last), network.weightsOf(key));
      onProgress((done += count), all);
      await yieldToMessages();
      const ends = occlusion > 0 && (layers === 0 || layers === network.layers);
      const before = done;
      const some = pixels.subarray(0, occlusion * side * side * 3);
      const coveredMaps = ends
        ? await occlusionMaps(
            network,
            network.weightsOf(key),
            { pixels: some, count: occlusion, side, across: COARSE },
            (passes) => onProgress((done = before + passes), all),
          )
        : null;
      steps.push({ layers, of: network.layers, maps, covered: coveredMaps });
    }
    return steps;
  } finally {
    network.close();
  }
}

/** Windows along a side when many scans are covered only to compare maps. */
const COARSE = 4;

function open(folder: string): Opened {
  const manifest = readManifest(folder);
  const card =
    typeof manifest === 'string' ? restoreManifest(folder, manifest) : verifiedCard(folder, manifest);
  return { session: new Session(frozenFolder(folder)), card, folder };
}

/** Finds damage to the files needed for predicting before they are used. What can be rebuilt from the rest is. */
function verifiedCard(folder: string, manifest: Manifest): ModelCard {
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
  writeFrozen(folder, card.settings, savedWeights(folder, card.settings));
  writeManifest(folder, { ...manifest, files: modelStamps(folder) });
  return card;
}

/**
 * For a run of an earlier version of Falx, or one whose manifest is damaged: TensorFlow reads all weights and verifies its own
 * checksums, the predicting graph is made from them, and a new manifest has their hashes from then on.
 */
function restoreManifest(folder: string, manifest: 'absent' | 'damaged'): ModelCard {
  const card = readCard(folder);
  if (card === null) throw new FalxError('modelUnfinished', { folder });
  const weights = savedWeights(folder, card.settings);
  console.error(`the manifest of ${folder} is ${manifest}: it is made anew, now that its weights were read`);
  try {
    writeFrozen(folder, card.settings, weights);
    writeManifest(folder, { falx: 1, runId: card.runId, ended: null, files: modelStamps(folder) });
  } catch (error) {
    // Read-only folder, or disk full: the run can be used all the same.
    if (!existsSync(frozenFolder(folder))) throw error;
    console.error(error);
  }
  return card;
}
