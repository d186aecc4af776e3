import { writeSavedModel, tensorName } from '../graph/saved-model.ts';
import { Session, scalar, text } from '../tensorflow/session.ts';
import { trainingModel } from './model.ts';
import { onDisk } from './run-storage.ts';
import type { Tensor } from '../graph/graph.ts';
import type { ModelSettings, Scope, TrainingModel } from './model.ts';
import type { Value } from '../tensorflow/session.ts';

export interface StepInput {
  /** uint8 [batch, s, s, 3]. */
  pixels: Uint8Array;
  labels: Float32Array;
  /** Of each example in the loss. */
  weights: Float32Array;
  rate: number;
  /** From 1, counted separately for each scope. */
  step: number;
  /** Largest share of themselves that running statistics keep in this step; 1 leaves it to each layer's own momentum. */
  momentum: number;
  seed: readonly [number, number];
}

export interface StepOutput {
  loss: number;
  /** Of the positive class, as predicted before this step, [batch]. */
  probabilities: Float32Array;
}

/** A run's graph, loaded and ready to train: shared by the trainer, its tests and the benchmark. */
export class Engine {
  readonly model: TrainingModel;
  readonly #session: Session;
  readonly #settings: ModelSettings;
  /** Signature inputs that the graph uses; those that only disabled augmentation would use are not fed. */
  readonly #used: Set<string>;

  /** Writes the SavedModel to `folder` and loads it; weights must then be assigned or restored. */
  constructor(folder: string, settings: ModelSettings, scopes: readonly Scope[]) {
    this.#settings = settings;
    this.model = trainingModel(settings, scopes);
    this.#used = new Set(this.model.graph.nodes.flatMap((node) => node.inputs.map(tensorName)));
    onDisk(folder, () => writeSavedModel(folder, this.model));
    // The messages from which it was written took some 200 MB.
    globalThis.gc?.();
    this.#session = new Session(folder);
  }

  /** Assigns every weight, float32 by key, and resets the optimiser's state. */
  assign(values: ReadonlyMap<string, Float32Array>): void {
    const feeds: Record<string, Value> = {};
    for (const { key, shape } of this.model.parameters) {
      const data = values.get(key);
      if (data === undefined) throw new Error(`no value for ${key}`);
      feeds[key] = { dtype: 'float32', shape, data };
    }
    this.call('assign', feeds, ['done']);
    this.resetOptimiser();
  }

  resetOptimiser(): void {
    this.call('reset', {}, ['done']);
  }

  /** One training step. */
  step(scope: Scope, { pixels, labels, weights, rate, step, momentum, seed }: StepInput): StepOutput {
    const batch = labels.length;
    const side = this.#settings.pixels.imageSize;
    const [loss, probabilities] = this.call(
      `train_${scope}`,
      {
        images: { dtype: 'uint8', shape: [batch, side, side, 3], data: pixels },
        labels: { dtype: 'float32', shape: [batch], data: labels },
        weights: { dtype: 'float32', shape: [batch], data: weights },
        rate: scalar(rate),
        step: scalar(step),
        momentum: scalar(momentum),
        seed: { dtype: 'int32', shape: [2], data: Int32Array.from(seed) },
      },
      ['loss', 'probability'],
    );
    return { loss: numbers(loss)[0] as number, probabilities: numbers(probabilities) };
  }

  /** Logits of uint8 [count, s, s, 3]. */
  predict(pixels: Uint8Array, count: number): Float32Array {
    const side = this.#settings.pixels.imageSize;
    const images: Value = { dtype: 'uint8', shape: [count, side, side, 3], data: pixels };
    return numbers(this.call('serving_default', { images }, ['logit'])[0]);
  }

  /** All current weights, by key. */
  weights(): Map<string, Float32Array> {
    return valuesOf(this.#session, new Map(this.model.parameters.map((p) => [p.key, p.value])));
  }

  /** The weights of the predicting graph. */
  frozenWeights(): Map<string, Float32Array> {
    return valuesOf(this.#session, this.model.frozen);
  }

  /** Writes or reads a TensorFlow checkpoint: `model` has the weights, `all` the optimiser's state too. */
  save(path: string, what: 'model' | 'all'): void {
    this.call(what === 'model' ? 'save_model' : 'save', { filename: text(path) }, ['done']);
  }

  restore(path: string, what: 'model' | 'all'): void {
    this.call(what === 'model' ? 'restore_model' : 'restore', { filename: text(path) }, ['done']);
  }

  /** Runs a signature of the model with inputs and outputs by name. */
  call(name: string, inputs: Readonly<Record<string, Value>>, outputs: readonly string[]): Value[] {
    const signature = this.model.signatures[name];
    if (signature === undefined) throw new Error(`the model has no signature ${name}`);
    const feeds: Record<string, Value> = {};
    for (const [input, tensor] of Object.entries(signature.inputs)) {
      const value = inputs[input];
      if (value === undefined) throw new Error(`${name} needs ${input}`);
      if (this.#used.has(tensorName(tensor))) feeds[tensorName(tensor)] = value;
    }
    const fetches = outputs.map((output) => {
      const tensor = signature.outputs[output];
      if (tensor === undefined) throw new Error(`${name} gives no ${output}`);
      return tensorName(tensor);
    });
    return this.#session.run(feeds, fetches);
  }

  close(): void {
    this.#session.close();
  }
}

/** Values that depend only on the variables, by key. */
export function valuesOf(session: Session, tensors: ReadonlyMap<string, Tensor>): Map<string, Float32Array> {
  const values = session.run({}, [...tensors.values()].map(tensorName));
  return new Map([...tensors.keys()].map((key, i) => [key, numbers(values[i])]));
}

/** The float32 numbers of a value. */
export function numbers(value: Value | undefined): Float32Array {
  if (value?.dtype !== 'float32') throw new Error('expected float32 from the graph');
  return value.data;
}
