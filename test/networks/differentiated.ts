import { gradients } from '../../src-main/graph/gradients.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import { cast, constant, placeholder, reshape } from '../../src-main/graph/operations.ts';
import { tensorName, writeSavedModel } from '../../src-main/graph/saved-model.ts';
import { assign } from '../../src-main/graph/variables.ts';
import { after } from '../../src-main/graph/checkpoint.ts';
import { networks } from '../../src-main/networks/index.ts';
import { isTrainable, Parameters } from '../../src-main/networks/parameters.ts';
import { Pass } from '../../src-main/networks/pass.ts';
import { Session, type Value } from '../../src-main/tensorflow/session.ts';
import { binaryCrossEntropy } from '../../src-main/train/loss.ts';
import { headLayer } from '../../src-main/train/model.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Variable } from '../../src-main/graph/variables.ts';

export interface Differentiated {
  /** [batch][channels]. */
  features: Float32Array[];
  logits: Float32Array;
  loss: number;
  /** Of the mean binary cross-entropy, by `layer/weight`. */
  gradients: Map<string, Float32Array>;
}

/**
 * A network's output for a batch, and the gradient of every weight, as its graph computes them.
 * @param folder an empty one for the SavedModel. @param pixels uint8 [batch, size, size, 3].
 */
export function differentiate(
  folder: string,
  network: NetworkName,
  size: number,
  mode: 'inference' | 'batch',
  start: ReadonlyMap<string, Float32Array>,
  pixels: Uint8Array,
  labels: Float32Array,
): Differentiated {
  const batch = labels.length;
  const graph = new Graph();
  const shape = [batch, size, size, 3];
  const images = placeholder(graph, 'images', 'uint8', shape);
  const truth = placeholder(graph, 'labels', 'float32', [batch]);
  const pass = new Pass(new Parameters(graph), { batchNorm: mode, trains: () => true });
  const maps = networks[network].features(pass, networks[network].preprocess(cast(images, 'float32')));
  const features = pass.globalAveragePool('avg_pool', maps);
  const logits = reshape(pass.dense(headLayer, features, 1), [batch]);
  const loss = binaryCrossEntropy(
    logits,
    truth,
    constant(
      graph,
      labels.map(() => 1),
      [batch],
    ),
    0,
  );
  const parameters = pass.parameters.all;
  const trainable = parameters.filter(isTrainable);
  const slopes = gradients(
    loss,
    trainable.map((p) => p.value),
  );

  const values = parameters.map((p) => placeholder(graph, `start/${p.key}`, 'float32', p.shape));
  const assigned = after(
    constant(graph, 0),
    parameters.map((p, i) => assign(p.variable as Variable, values[i] as (typeof values)[number])),
    'assigned',
  );
  writeSavedModel(folder, { graph, signatures: { run: { inputs: { images }, outputs: { loss } } } });
  const session = new Session(folder);
  try {
    const feeds: Record<string, Value> = {};
    for (const [i, p] of parameters.entries()) {
      const data = start.get(p.key);
      if (data === undefined) throw new Error(`Keras has no ${p.key}`);
      feeds[tensorName(values[i] as (typeof values)[number])] = { dtype: 'float32', shape: p.shape, data };
    }
    session.run(feeds, [tensorName(assigned)]);
    const fetched = session
      .run(
        {
          [tensorName(images)]: { dtype: 'uint8', shape, data: pixels },
          [tensorName(truth)]: { dtype: 'float32', shape: [batch], data: labels },
        },
        [features, logits, loss, ...slopes.filter((slope) => slope !== null)].map(tensorName),
      )
      .map((value) => value.data as Float32Array);
    const [flat, logit, [mean] = [], ...derived] = fetched as [Float32Array, Float32Array, ...Float32Array[]];
    const channels = flat.length / batch;
    return {
      features: Array.from({ length: batch }, (_, n) => flat.subarray(n * channels, (n + 1) * channels)),
      logits: logit,
      loss: mean as number,
      // A weight without effect on the loss (a bias before a batch's own mean) has no gradient: 0.
      gradients: new Map(
        trainable.map((p, i) => [
          p.key,
          slopes[i] === null
            ? new Float32Array(start.get(p.key)?.length ?? 0)
            : (derived.shift() as Float32Array),
        ]),
      ),
    };
  } finally {
    session.close();
  }
}
