import { dimension, input, output } from '../graph/graph.ts';
import {
  add,
  averagePool,
  batchNorm,
  biasAdd,
  cast,
  concat,
  constant,
  conv2d,
  depthwiseConv2d,
  matMul,
  maxPool,
  mean,
  minimum,
  multiply,
  pad,
  relu,
  relu6,
  reshape,
  rsqrt,
  subtract,
} from '../graph/operations.ts';
import { movingAverage } from '../graph/optimisers.ts';
import type { Node, Tensor } from '../graph/graph.ts';
import type { Normalised, Padding } from '../graph/operations.ts';
import type { Parameter, Parameters, WeightName } from './parameters.ts';

export interface PassSettings {
  /** Statistics of batch normalisation: fixed, or the batch's own (in layers that are trained). */
  batchNorm: 'inference' | 'batch';
  /** Whether a layer's weights are trained; frozen layers always keep their statistics. */
  trains: (layer: string) => boolean;
  /** Scalar; per step a layer keeps at most this share of its running statistics, or its own momentum if that is less. */
  momentum?: Tensor;
}

/** A convolution; 'same' is Keras's `padding='same'`. */
export interface Convolution {
  filters: number;
  size: number;
  stride?: number;
  padding?: Padding;
  bias?: boolean;
}

export interface Normalisation {
  epsilon: number;
  /** Of the running statistics, in Keras's sense: share of the old value kept. */
  momentum: number;
}

/**
 * One pass through a network: its layers as graph operations, with weights that are shared by other passes in the same graph. Layer
 * names are those of Keras Applications.
 */
export class Pass {
  readonly parameters: Parameters;
  readonly settings: PassSettings;
  /** Nodes that update running statistics from the batch; a training step must run them. */
  readonly statisticsUpdates: Node[] = [];

  constructor(parameters: Parameters, settings: PassSettings) {
    this.parameters = parameters;
    this.settings = settings;
  }

  /** Convolution without normalisation. x [n, h, w, c] → [n, h', w', filters]. */
  convolution(name: string, x: Tensor, layer: Convolution): Tensor {
    const kernel = this.#weight(name, 'kernel', [layer.size, layer.size, dimension(x, 3), layer.filters]);
    const y = conv2d(x, cast(kernel.value, x.dtype), layer.stride ?? 1, layer.padding ?? 'SAME', name);
    return layer.bias === true
      ? biasAdd(y, cast(this.#weight(name, 'bias', [layer.filters]).value, y.dtype), `${name}/bias`)
      : y;
  }

  /** Convolution followed by batch normalisation. x [n, h, w, c] → [n, h', w', filters]. */
  convolutionNorm(
    name: string,
    normName: string,
    x: Tensor,
    layer: Convolution,
    norm: Normalisation,
  ): Tensor {
    const kernel = this.#weight(name, 'kernel', [layer.size, layer.size, dimension(x, 3), layer.filters]);
    const bias = layer.bias === true ? this.#weight(name, 'bias', [layer.filters]) : undefined;
    return this.#normalised(normName, kernel, bias, norm, 3, (weight) =>
      conv2d(x, cast(weight, x.dtype), layer.stride ?? 1, layer.padding ?? 'SAME', name),
    );
  }

  /** Depthwise convolution without bias, followed by batch normalisation. x [n, h, w, c] → [n, h', w', c]. */
  depthwiseNorm(
    name: string,
    normName: string,
    x: Tensor,
    layer: Pick<Convolution, 'size' | 'stride'>,
    norm: Normalisation,
  ): Tensor {
    const kernel = this.#weight(name, 'depthwise_kernel', [layer.size, layer.size, dimension(x, 3), 1]);
    return this.#normalised(normName, kernel, undefined, norm, 2, (weight) =>
      depthwiseConv2d(x, cast(weight, x.dtype), layer.stride ?? 1, 'SAME', name),
    );
  }

  /** Batch normalisation alone. [n, h, w, c] → the same. */
  norm(name: string, x: Tensor, { epsilon, momentum }: Normalisation): Tensor {
    const [gamma, beta, mean, variance] = this.#normWeights(name, dimension(x, 3));
    if (!this.#learnsStatistics(name))
      return batchNorm(
        x,
        gamma.value,
        beta.value,
        { mean: mean.value, variance: variance.value },
        epsilon,
        name,
      ).y;
    const batch = batchNorm(x, gamma.value, beta.value, null, epsilon, name);
    this.#follow(mean, batch.mean, momentum);
    this.#follow(variance, biasedVariance(batch), momentum);
    return batch.y;
  }

  relu = (name: string, x: Tensor): Tensor => relu(x, name);

  /**
   * ReLU after a normalisation whose result is recomputed in the backward pass instead of kept: two more passes over memory, and
   * half the memory. For maps that are large compared with the work done on them.
   */
  recomputedRelu(name: string, x: Tensor): Tensor {
    const y = relu(x, name);
    const { graph, node } = x;
    const count = [0, 1, 2].reduce((n, axis) => n * (x.shape[axis] ?? NaN), 1);
    const learns = node.operation === 'FusedBatchNormV3' && flag(node, 'is_training') && count > 1;
    if (!learns) return y;
    const [maps, gamma, beta] = [input(node, 0), input(node, 1), input(node, 2)];
    graph.recomputers.set(y.node, (after) => {
      const mean = output(node, 1);
      // The batch was divided by its own variance; the output variance has Bessel's correction.
      const variance = multiply(output(node, 2), constant(graph, (count - 1) / count));
      const epsilon = number(node, 'epsilon');
      return relu(batchNorm(maps, gamma, beta, { mean, variance }, epsilon, `${name}/again`, [after]).y);
    });
    return y;
  }

  relu6 = (name: string, x: Tensor): Tensor => relu6(x, name);
  add = (name: string, a: Tensor, b: Tensor): Tensor => add(a, b, name);
  concat = (name: string, tensors: readonly Tensor[]): Tensor => concat(tensors, 3, name);

  /** Zero rows and columns on every side. */
  pad = (name: string, x: Tensor, by: number): Tensor =>
    pad(
      x,
      [
        [0, 0],
        [by, by],
        [by, by],
        [0, 0],
      ],
      name,
    );
  maxPool = (name: string, x: Tensor, window: number, stride: number): Tensor =>
    maxPool(x, window, stride, 'VALID', name);
  averagePool = (name: string, x: Tensor, window: number, stride: number): Tensor =>
    averagePool(x, window, stride, 'VALID', name);

  /** Mean over height and width: [n, h, w, c] → [n, c]. */
  globalAveragePool = (name: string, x: Tensor): Tensor => mean(x, [1, 2], false, name);

  /** Fully connected layer: [n, c] → [n, units]. */
  dense(name: string, x: Tensor, units: number): Tensor {
    const kernel = this.#weight(name, 'kernel', [dimension(x, 1), units]);
    const y = matMul(x, kernel.value, false, false, name);
    return biasAdd(y, this.#weight(name, 'bias', [units]).value, `${name}/bias`);
  }

  #weight(layer: string, weight: WeightName, shape: readonly number[]): Parameter {
    return this.parameters.get(layer, weight, shape);
  }

  #normWeights(name: string, channels: number): [Parameter, Parameter, Parameter, Parameter] {
    const make = (weight: WeightName): Parameter => this.#weight(name, weight, [channels]);
    return [make('gamma'), make('beta'), make('moving_mean'), make('moving_variance')];
  }

  #learnsStatistics(name: string): boolean {
    return this.settings.batchNorm === 'batch' && this.settings.trains(name);
  }

  #follow(statistic: Parameter, batch: Tensor, momentum: number): void {
    if (statistic.variable === undefined)
      throw new Error(`${statistic.key} is a constant and can't follow the batch`);
    const own = constant(batch.graph, momentum);
    const most = this.settings.momentum;
    const kept = most === undefined ? own : minimum(own, most);
    this.statisticsUpdates.push(movingAverage(statistic.variable, batch, kept));
  }

  /**
   * A linear layer and its normalisation. In inference mode both are one linear layer, with weights w·γ/√(σ²+ε): one pass over the
   * image less in each direction, with the same function and gradients.
   * @param outAxis the axis of the kernel's output channels.
   */
  #normalised(
    normName: string,
    kernel: Parameter,
    bias: Parameter | undefined,
    { epsilon, momentum }: Normalisation,
    outAxis: 2 | 3,
    apply: (kernel: Tensor) => Tensor,
  ): Tensor {
    const channels = kernel.shape[outAxis] as number;
    const [gamma, beta, mean, variance] = this.#normWeights(normName, channels);
    if (this.#learnsStatistics(normName)) {
      const y = apply(kernel.value);
      const batch = batchNorm(y, gamma.value, beta.value, null, epsilon, normName);
      // The batch's mean cancels a bias, so it is left out of y and its gradient is 0.
      this.#follow(mean, bias === undefined ? batch.mean : add(batch.mean, bias.value), momentum);
      this.#follow(variance, biasedVariance(batch), momentum);
      return batch.y;
    }
    const [kernelKey, biasKey] = [`${kernel.key}/folded`, `${normName}/folded`];
    if (this.parameters.areConstants)
      return biasAdd(
        apply(this.parameters.constant(kernelKey, kernel.shape)),
        this.parameters.constant(biasKey, [channels]),
        normName,
      );
    const scale = multiply(gamma.value, rsqrt(add(variance.value, constant(gamma.value.graph, epsilon))));
    const shaped = outAxis === 3 ? scale : reshape(scale, [channels, 1]);
    const centre = bias === undefined ? mean.value : subtract(mean.value, bias.value);
    const folded = multiply(kernel.value, shaped);
    const offset = subtract(beta.value, multiply(centre, scale));
    this.parameters.fold(kernelKey, folded);
    this.parameters.fold(biasKey, offset);
    const y = apply(folded);
    return biasAdd(y, cast(offset, y.dtype), normName);
  }
}

function flag(node: Node, name: string): boolean {
  const value = node.attributes[name];
  return value !== undefined && 'bool' in value && value.bool;
}

function number(node: Node, name: string): number {
  const value = node.attributes[name];
  if (value === undefined || !('float' in value)) throw new Error(`${node.name} has no number ${name}`);
  return value.float;
}

/**
 * The batch's variance as Keras uses it for the moving one, Σ(x − mean)²/n over the n pixels of all images. The fused operation
 * gives Σ(x − mean)²/(n − 1), which differs considerably for few pixels.
 */
function biasedVariance({ y, variance }: Normalised): Tensor {
  const n = dimension(y, 0) * dimension(y, 1) * dimension(y, 2);
  return multiply(variance, constant(variance.graph, (n - 1) / n));
}
