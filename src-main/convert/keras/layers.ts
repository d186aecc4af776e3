import { Graph, type Tensor, dimension } from '../../graph/graph.ts';
import * as tf from '../../graph/operations.ts';
import { networks } from '../../networks/index.ts';
import { Parameters } from '../../networks/parameters.ts';
import { type Convolution, type Normalisation, Pass } from '../../networks/pass.ts';
import { headLayer } from '../../train/model.ts';
import type { NetworkName } from '../../contract/networks.ts';

export type KerasLayer = {
  module: string;
  class_name: string;
  config: Record<string, unknown>;
  registered_name: string | null;
  name: string;
  inbound_nodes: { args: unknown[]; kwargs: object }[];
};

/**
 * A network as Keras's functional API describes it, with the names of Keras Applications, from images 0…255 to the probability.
 * What Falx computes differently to save time (`SAME` in place of explicit padding, pooling before a convolution) is as in Keras.
 */
export function kerasModel(network: NetworkName, side: number): Record<string, unknown> {
  const graph = new Graph();
  const recorder = new Recorder(graph);
  const images = recorder.layer(
    'InputLayer',
    'images',
    [],
    tf.placeholder(graph, 'images', 'float32', [null, side, side, 3]),
    {
      batch_shape: [null, side, side, 3],
      sparse: false,
      ragged: false,
    },
  );
  const maps = networks[network].features(recorder, preprocessed(network, recorder, images));
  const pooled = recorder.globalAveragePool('avg_pool', maps);
  const logit = recorder.dense(headLayer, pooled, 1);
  recorder.layer('Activation', 'probability', [logit], tf.sigmoid(logit), { activation: 'sigmoid' });
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: network,
      trainable: true,
      layers: recorder.layers,
      input_layers: [['images', 0, 0]],
      output_layers: [['probability', 0, 0]],
    },
    registered_name: 'Functional',
  };
}

/** `preprocess_input` of Keras Applications, in layers. */
function preprocessed(network: NetworkName, recorder: Recorder, images: Tensor): Tensor {
  const { bgr = false, scale, offset } = networks[network].rescaling;
  const inOrder = bgr
    ? recorder.layer('Flip', 'bgr', [images], tf.reverseLast(images), { axis: -1 }, 'keras.src.ops.numpy')
    : images;
  return recorder.layer('Rescaling', 'preprocess', [inOrder], tf.identity(inOrder), { scale, offset });
}

/** Records the layers that a network requests, instead of computing them. */
class Recorder extends Pass {
  readonly layers: KerasLayer[] = [];
  readonly #names = new Map<Tensor, string>();

  constructor(graph: Graph) {
    super(new Parameters(graph), { batchNorm: 'inference', trains: () => false });
  }

  layer(
    kind: string,
    name: string,
    inputs: readonly Tensor[],
    y: Tensor,
    config: Record<string, unknown>,
    module = 'keras.layers',
  ): Tensor {
    // A tensor of its own, so that no two layers share one.
    const made = tf.identity(y);
    this.#names.set(made, name);
    const references = inputs.map((x) => ({
      class_name: '__keras_tensor__',
      config: { shape: x.shape, dtype: 'float32', keras_history: [this.#nameOf(x, name), 0, 0] },
    }));
    const isLayer = module === 'keras.layers';
    const several = kind === 'Add' || kind === 'Concatenate';
    this.layers.push({
      module,
      class_name: kind,
      config: { name, ...(isLayer && { trainable: true, dtype: 'float32' }), ...config },
      registered_name: isLayer ? null : kind,
      name,
      inbound_nodes: inputs.length === 0 ? [] : [{ args: several ? [references] : references, kwargs: {} }],
    });
    return made;
  }

  #nameOf(x: Tensor, asked: string): string {
    const name = this.#names.get(x);
    if (name === undefined)
      throw new Error(`what ${asked} is given was made by no layer of Pass: it has no place in Keras`);
    return name;
  }

  override convolution(name: string, x: Tensor, layer: Convolution): Tensor {
    const { filters, size, stride = 1, padding = 'SAME', bias = false } = layer;
    const kernel = tf.placeholder(x.graph, 'kernel', 'float32', [size, size, dimension(x, 3), filters]);
    return this.layer('Conv2D', name, [x], tf.conv2d(x, kernel, stride, padding), {
      filters,
      kernel_size: [size, size],
      strides: [stride, stride],
      padding: String(padding).toLowerCase(),
      use_bias: bias,
    });
  }

  override convolutionNorm(
    name: string,
    normName: string,
    x: Tensor,
    layer: Convolution,
    norm: Normalisation,
  ): Tensor {
    return this.norm(normName, this.convolution(name, x, layer), norm);
  }

  override depthwiseNorm(
    name: string,
    normName: string,
    x: Tensor,
    { size, stride = 1 }: Pick<Convolution, 'size' | 'stride'>,
    norm: Normalisation,
  ): Tensor {
    const kernel = tf.placeholder(x.graph, 'kernel', 'float32', [size, size, dimension(x, 3), 1]);
    const y = tf.depthwiseConv2d(x, kernel, stride, 'SAME');
    let padded = x;
    if (stride === 2) {
      const around = [1, 2].map((axis) => {
        const all = Math.max((dimension(y, axis) - 1) * stride + size - dimension(x, axis), 0);
        return [Math.floor(all / 2), Math.ceil(all / 2)] as const;
      }) as [readonly [number, number], readonly [number, number]];
      padded = this.#padded(name.replace(/_depthwise$/, '_pad'), x, around);
    }
    return this.norm(
      normName,
      this.layer('DepthwiseConv2D', name, [padded], y, {
        kernel_size: [size, size],
        strides: [stride, stride],
        padding: stride === 2 ? 'valid' : 'same',
        use_bias: false,
      }),
      norm,
    );
  }

  override norm(name: string, x: Tensor, { epsilon, momentum }: Normalisation): Tensor {
    return this.layer('BatchNormalization', name, [x], x, { axis: -1, momentum, epsilon });
  }

  override relu = (name: string, x: Tensor): Tensor =>
    this.layer('Activation', name, [x], x, { activation: 'relu' });
  override recomputedRelu(name: string, x: Tensor): Tensor {
    return this.relu(name, x);
  }
  override relu6 = (name: string, x: Tensor): Tensor => this.layer('ReLU', name, [x], x, { max_value: 6 });
  override add = (name: string, a: Tensor, b: Tensor): Tensor =>
    this.layer('Add', name, [a, b], tf.add(a, b), {});
  override concat = (name: string, tensors: readonly Tensor[]): Tensor =>
    this.layer('Concatenate', name, tensors, tf.concat(tensors, 3), { axis: -1 });
  override pad = (name: string, x: Tensor, by: number): Tensor =>
    this.#padded(name, x, [
      [by, by],
      [by, by],
    ]);
  override maxPool = (name: string, x: Tensor, window: number, stride: number): Tensor =>
    this.layer('MaxPooling2D', name, [x], tf.maxPool(x, window, stride, 'VALID'), pooling(window, stride));
  override averagePool = (name: string, x: Tensor, window: number, stride: number): Tensor =>
    this.layer(
      'AveragePooling2D',
      name,
      [x],
      tf.averagePool(x, window, stride, 'VALID'),
      pooling(window, stride),
    );
  override globalAveragePool = (name: string, x: Tensor): Tensor =>
    this.layer('GlobalAveragePooling2D', name, [x], tf.mean(x, [1, 2]), {});
  override dense(name: string, x: Tensor, units: number): Tensor {
    const kernel = tf.placeholder(x.graph, 'kernel', 'float32', [dimension(x, 1), units]);
    return this.layer('Dense', name, [x], tf.matMul(x, kernel), {
      units,
      activation: 'linear',
      use_bias: true,
    });
  }

  #padded(
    name: string,
    x: Tensor,
    padding: readonly [readonly [number, number], readonly [number, number]],
  ): Tensor {
    return this.layer('ZeroPadding2D', name, [x], tf.pad(x, [[0, 0], ...padding, [0, 0]]), { padding });
  }
}

const pooling = (window: number, stride: number) => ({
  pool_size: [window, window],
  strides: [stride, stride],
  padding: 'valid',
});
