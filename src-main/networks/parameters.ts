import { constant } from '../graph/operations.ts';
import { variable } from '../graph/variables.ts';
import type { Graph, Tensor } from '../graph/graph.ts';
import type { Variable } from '../graph/variables.ts';

/** Keras's names, so that weight files need no translation. */
export type WeightName =
  'kernel' | 'depthwise_kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';

/** One array of numbers of one layer. */
export interface Parameter {
  readonly layer: string;
  readonly weight: WeightName;
  readonly shape: readonly number[];
  /** `layer/weight`: its key in checkpoints. */
  readonly key: string;
  readonly value: Tensor;
  /** Absent in a graph of constants. */
  readonly variable?: Variable;
}

/** The weights of a network, created when a layer first requests them, in the order of its layers. */
export class Parameters {
  readonly graph: Graph;
  readonly #constants: ReadonlyMap<string, Float32Array> | undefined;
  readonly #byKey = new Map<string, Parameter>();
  /** Kernels and biases with batch normalisation folded in, by key: a graph of constants is made from these. */
  readonly #folded = new Map<string, Tensor>();

  /** @param constants the values by key, for a graph that is never trained; without them weights are variables. */
  constructor(graph: Graph, constants?: ReadonlyMap<string, Float32Array>) {
    this.graph = graph;
    this.#constants = constants;
  }

  get(layer: string, weight: WeightName, shape: readonly number[]): Parameter {
    const key = `${layer}/${weight}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made = this.#make(key, layer, weight, shape);
    this.#byKey.set(key, made);
    return made;
  }

  #make(key: string, layer: string, weight: WeightName, shape: readonly number[]): Parameter {
    if (this.#constants === undefined) {
      const made = variable(this.graph, key, shape);
      return { layer, weight, shape, key, value: made.value, variable: made };
    }
    // The tensor is created only if it is used as it is: most are folded into others first.
    const make = (): Tensor => this.constant(key, shape);
    let tensor: Tensor | undefined;
    return {
      layer,
      weight,
      shape,
      key,
      get value() {
        return (tensor ??= make());
      },
    };
  }

  /** Called by the first pass through the network; the others fold to the same values. */
  fold(key: string, tensor: Tensor): void {
    if (!this.#folded.has(key)) this.#folded.set(key, tensor);
  }

  get folded(): ReadonlyMap<string, Tensor> {
    return this.#folded;
  }

  get areConstants(): boolean {
    return this.#constants !== undefined;
  }

  /** Values of a graph of constants as a tensor. */
  constant(key: string, shape: readonly number[]): Tensor {
    const data = this.#constants?.get(key);
    if (data === undefined) throw new Error(`no numbers for ${key}`);
    return constant(this.graph, data, shape, key);
  }

  get all(): readonly Parameter[] {
    return [...this.#byKey.values()];
  }
}

/** Whether a training step changes it by its gradient; running statistics follow the batch instead. */
export const isTrainable = ({ weight }: Parameter): boolean =>
  weight !== 'moving_mean' && weight !== 'moving_variance';
