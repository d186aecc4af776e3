import { after, saver } from '../graph/checkpoint.ts';
import { gradients } from '../graph/gradients.ts';
import { Graph, single } from '../graph/graph.ts';
import {
  add,
  cast,
  constant,
  integers,
  less,
  multiply,
  placeholder,
  reshape,
  select,
  shapeOf,
  sigmoid,
  square,
  statelessUniform,
  sum,
} from '../graph/operations.ts';
import { optimiserSteps } from '../graph/optimisers.ts';
import { assign, variable } from '../graph/variables.ts';
import { importedFeatures, rescaled } from '../networks/imported.ts';
import { networkOf, networks } from '../networks/index.ts';
import { isTrainable, Parameters } from '../networks/parameters.ts';
import { Pass } from '../networks/pass.ts';
import { headLayerName } from '../networks/weights/head.ts';
import { augment } from './augment.ts';
import { binaryCrossEntropy } from './loss.ts';
import { pictureBytes } from './picture-bytes.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { Saver } from '../graph/checkpoint.ts';
import type { Node, Tensor } from '../graph/graph.ts';
import type { SavedModelParts, Signature } from '../graph/saved-model.ts';
import type { Variable } from '../graph/variables.ts';
import type { Parameter } from '../networks/parameters.ts';

export const headLayer = headLayerName;

/** Its input: the means of the backbone's last maps, float32 [n, channels]. */
export const featureLayer = 'avg_pool';

/** Which weights a step changes: only the head's, the last stage's too, or all. */
export type Scope = 'head' | 'last' | 'all';

export interface TrainingModel extends SavedModelParts {
  parameters: readonly Parameter[];
  /** Tensors whose values `frozenModel` is made from, by key: the weights, and those with normalisation folded in. */
  frozen: ReadonlyMap<string, Tensor>;
  /** Weights and the optimiser's state. */
  checkpoint: Saver;
  trainable: Readonly<Partial<Record<Scope, readonly Parameter[]>>>;
  signatures: Readonly<Record<string, Signature>>;
}

/** The settings that the graph depends on. */
export type ModelSettings = Pick<
  TrainingSettings,
  | 'network'
  | 'pixels'
  | 'batchNorm'
  | 'batchSize'
  | 'optimiser'
  | 'momentum'
  | 'weightDecay'
  | 'l2'
  | 'dropout'
  | 'labelSmoothing'
  | 'augmentation'
  | 'precision'
  | 'imported'
>;

/** The settings that prediction depends on. */
type PredictionSettings = Pick<TrainingSettings, 'network' | 'pixels' | 'imported'>;

/**
 * The graph of a run, with the signatures
 * - `serving_default`: images uint8 [n, s, s, 3] → probability [n], logit [n];
 * - `serving_bytes`: image, the bytes of one picture file as a scalar → the same [1]; not if pictures are cropped to the head;
 * - `train_<scope>`, one per scope: images [batch, s, s, 3], labels and weights [batch], rate, step (from 1), momentum (largest
 * share that running statistics keep), seed int32 [2] → loss, probability [batch]; changes the weights;
 * - `assign`: one value per weight, by key; `reset`: sets the optimiser's state to 0;
 * - `save` and `restore`: filename → a checkpoint with everything.
 */
export function trainingModel(settings: ModelSettings, scopes: readonly Scope[]): TrainingModel {
  const graph = new Graph();
  const parameters = new Parameters(graph);
  const signatures: Record<string, Signature> = {
    ...servingSignatures(graph, parameters, settings),
  };
  const slots: Variable[] = [];
  const trainable: Partial<Record<Scope, Parameter[]>> = {};
  for (const scope of scopes) {
    const made = graph.scope(`train_${scope}`, () => trainingStep(graph, parameters, settings, scope, slots));
    signatures[`train_${scope}`] = made.signature;
    trainable[scope] = made.trainable;
  }
  const weights = parameters.all.map((p) => p.variable as Variable);
  signatures['assign'] = assignSignature(graph, parameters.all);
  signatures['reset'] = { inputs: {}, outputs: { done: resetSlots(graph, slots) } };
  const model = saver(graph, weights, 'model');
  const checkpoint = saver(graph, [...weights, ...slots], 'checkpoint');
  signatures['save_model'] = { inputs: { filename: model.filename }, outputs: { done: model.saved } };
  signatures['restore_model'] = { inputs: { filename: model.filename }, outputs: { done: model.restored } };
  signatures['save'] = { inputs: { filename: checkpoint.filename }, outputs: { done: checkpoint.saved } };
  signatures['restore'] = {
    inputs: { filename: checkpoint.filename },
    outputs: { done: checkpoint.restored },
  };
  const frozen = new Map([...parameters.all.map((p) => [p.key, p.value] as const), ...parameters.folded]);
  return { graph, signatures, saver: model, checkpoint, parameters: parameters.all, frozen, trainable };
}

/**
 * The graph that only predicts, its weights constants with batch normalisation folded in.
 * @param weights the values of a training model's `frozen` tensors. They come from TensorFlow itself, so that this graph computes
 *   with exactly the numbers of the training model.
 * @param input type of its images, 0 to 255 in either case.
 */
export function frozenModel(
  settings: PredictionSettings,
  weights: ReadonlyMap<string, Float32Array>,
  input: ImageType = 'uint8',
): SavedModelParts {
  const graph = new Graph();
  const parameters = new Parameters(graph, weights);
  return { graph, signatures: { serving_default: servingSignature(graph, parameters, settings, input) } };
}

export type ImageType = 'uint8' | 'float32';

/** uint8 [n, s, s, 3] → logits [n]. */
function logitsOf(
  { network, imported }: PredictionSettings,
  pass: Pass,
  images: Tensor,
  dropout: (x: Tensor) => Tensor = (x) => x,
  precision: TrainingSettings['precision'] = 'float32',
): Tensor {
  const { features, preprocess } = networkOf(network, imported?.width);
  const pixels = cast(images, 'float32');
  const seen = imported?.rescaling ? rescaled(pixels, imported.rescaling) : preprocess(pixels);
  const maps = cast(features(pass, cast(seen, precision)), 'float32');
  const means = pass.globalAveragePool(featureLayer, maps);
  const given = imported && imported.head.length > 0 ? importedFeatures(pass, maps, imported.head) : means;
  return reshape(pass.dense(headLayer, dropout(given), 1), [images.shape[0] as number | null]);
}

function servingSignature(
  graph: Graph,
  parameters: Parameters,
  settings: PredictionSettings,
  input: ImageType = 'uint8',
): Signature {
  return graph.scope('predict', () => {
    const side = settings.pixels.imageSize;
    const images = placeholder(graph, 'images', input, [null, side, side, 3]);
    return { inputs: { images }, outputs: answersOf(settings, parameters, images) };
  });
}

const answersOf = (
  settings: PredictionSettings,
  parameters: Parameters,
  images: Tensor,
): Signature['outputs'] => {
  const pass = new Pass(parameters, { batchNorm: 'inference', trains: () => false });
  const logit = logitsOf(settings, pass, images);
  return { probability: sigmoid(logit, 'probability'), logit };
};

/** The same network for pixels and, where possible, for one picture as a file. */
function servingSignatures(
  graph: Graph,
  parameters: Parameters,
  settings: PredictionSettings,
): Record<'serving_default', Signature> & Partial<Record<typeof BYTES, Signature>> {
  if (settings.pixels.crop === 'head')
    return { serving_default: servingSignature(graph, parameters, settings) };
  return graph.scope('predict', () => {
    const picture = pictureBytes(graph, settings.pixels);
    const outputs = answersOf(settings, parameters, picture.images);
    return {
      serving_default: { inputs: { images: picture.images }, outputs },
      [BYTES]: { inputs: { image: picture.bytes }, outputs },
    };
  });
}

/** The signature for a picture file. */
const BYTES = 'serving_bytes';

function trainingStep(
  graph: Graph,
  parameters: Parameters,
  settings: ModelSettings,
  scope: Scope,
  slots: Variable[],
): { signature: Signature; trainable: Parameter[] } {
  const { batchSize: batch, pixels } = settings;
  const images = placeholder(graph, 'images', 'uint8', [batch, pixels.imageSize, pixels.imageSize, 3]);
  const labels = placeholder(graph, 'labels', 'float32', [batch]);
  const weights = placeholder(graph, 'weights', 'float32', [batch]);
  const rate = placeholder(graph, 'rate', 'float32', []);
  const step = placeholder(graph, 'step', 'float32', []);
  const momentum = placeholder(graph, 'momentum', 'float32', []);
  const seed = placeholder(graph, 'seed', 'int32', [2]);

  const trains = (layer: string): boolean =>
    layer === headLayer ||
    scope === 'all' ||
    (scope === 'last' && networks[settings.network].lastStage(layer));
  const pass = new Pass(parameters, { batchNorm: settings.batchNorm, trains, momentum });
  const changed = graph.scope('augment', () => augment(cast(images, 'float32'), settings.augmentation, seed));
  const logits = logitsOf(
    settings,
    pass,
    changed,
    (x) => dropout(x, settings.dropout, seed),
    settings.precision,
  );
  const trainable = parameters.all.filter((p) => isTrainable(p) && trains(p.layer));
  const crossEntropy = binaryCrossEntropy(logits, labels, weights, settings.labelSmoothing);
  const loss = settings.l2 === 0 ? crossEntropy : add(crossEntropy, l2Penalty(trainable, settings.l2));

  const slopes = gradients(
    loss,
    trainable.map((p) => p.value),
  );
  const used = nodesBehind([loss, ...slopes.filter((g) => g !== null)]);
  const slot = (name: string, shape: readonly number[]): Variable => {
    const made = variable(graph, `${scope}/${name}`, shape);
    slots.push(made);
    return made;
  };
  const updates = trainable.flatMap((p, i) => {
    const gradient = slopes[i];
    if (gradient === null || gradient === undefined || p.variable === undefined) return [];
    const after = [...used].filter((node) => node.inputs.some((t) => t.node === p.value.node));
    return [{ target: p.variable, gradient, decays: isKernel(p), after }];
  });
  const steps = optimiserSteps(
    updates,
    { kind: settings.optimiser, momentum: settings.momentum, weightDecay: settings.weightDecay },
    rate,
    step,
    slot,
  );
  const done = [...steps, ...pass.statisticsUpdates];
  return {
    trainable,
    signature: {
      inputs: { images, labels, weights, rate, step, momentum, seed },
      outputs: { loss: after(loss, done, 'loss'), probability: sigmoid(logits, 'probability') },
    },
  };
}

const isKernel = ({ weight }: Parameter): boolean => weight === 'kernel' || weight === 'depthwise_kernel';

/** l2 · Σ w² over the kernels. */
export function l2Penalty(trainable: readonly Parameter[], l2: number): Tensor {
  const squares = trainable.filter(isKernel).map((p) => sum(square(p.value)));
  return multiply(
    squares.reduce((a, b) => add(a, b)),
    constant(squares[0]?.graph as Graph, l2),
  );
}

/** Dropout of whole features, the rest divided by the share kept. Srivastava et al., 2014. */
export function dropout(x: Tensor, rate: number, seed: Tensor): Tensor {
  if (rate === 0) return x;
  const { graph } = x;
  // Differs from the augmentation's seed, which is drawn from the same pair.
  const own = add(seed, integers(graph, [0x51ed27, 0]));
  const drawn = statelessUniform(own, shapeOf(x), x.shape);
  const kept = select(
    less(drawn, constant(graph, rate)),
    constant(graph, 0),
    constant(graph, 1 / (1 - rate)),
  );
  return multiply(x, kept);
}

/** All nodes on which these tensors depend. */
function nodesBehind(tensors: readonly Tensor[]): Set<Node> {
  const found = new Set<Node>();
  const open = tensors.map((t) => t.node);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs.map((t) => t.node), ...node.controls);
  }
  return found;
}

function assignSignature(graph: Graph, parameters: readonly Parameter[]): Signature {
  return graph.scope('assign', () => {
    const inputs: Record<string, Tensor> = {};
    const nodes = parameters.map((p) => {
      const value = placeholder(graph, p.key, 'float32', p.shape);
      inputs[p.key] = value;
      return assign(p.variable as Variable, value);
    });
    return { inputs, outputs: { done: after(constant(graph, 0), nodes, 'done') } };
  });
}

function resetSlots(graph: Graph, slots: readonly Variable[]): Tensor {
  return graph.scope('reset', () => {
    const nodes = slots.map((slot) => {
      const zeros = graph.add({
        operation: 'Fill',
        inputs: [integers(graph, slot.shape, [slot.shape.length]), constant(graph, 0)],
        attributes: { T: { type: 'float32' }, index_type: { type: 'int32' } },
        outputs: [{ dtype: 'float32', shape: slot.shape }],
      });
      return assign(slot, single(zeros));
    });
    return after(constant(graph, 0), nodes, 'done');
  });
}
