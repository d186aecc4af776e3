import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorName, writeSavedModel } from '../graph/saved-model.ts';
import { initialValue } from '../networks/initial.ts';
import { Session, type Value } from '../tensorflow/session.ts';
import { trainingModel, type ModelSettings, type TrainingModel } from '../train/model.ts';

/** Steps in which the layers below the head are randomised. */
const STEPS = 8;

/**
 * A trained network whose weights are randomised cumulatively from the head down, a group of layers at a time: the cascading
 * randomisation of Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, 2018, arXiv:1810.03292. Random weights come from the
 * initialiser of training from scratch.
 */
export class RandomisedNetwork {
  readonly #model: TrainingModel;
  readonly #session: Session;
  readonly #values: Map<string, Float32Array>;
  readonly #folder: string;
  /** Layers, last one first. */
  readonly #layers: string[];

  /** @param weights of the trained network, by key. */
  constructor(settings: ModelSettings, weights: ReadonlyMap<string, Float32Array>) {
    this.#model = trainingModel(settings, []);
    this.#values = new Map(this.#model.parameters.map(({ key }) => [key, weights.get(key)!]));
    this.#layers = [...new Set(this.#model.parameters.map(({ layer }) => layer))].reverse();
    this.#folder = mkdtempSync(join(tmpdir(), 'falx-maps-'));
    try {
      writeSavedModel(this.#folder, this.#model);
      this.#session = new Session(this.#folder);
    } catch (error) {
      this.#removeFolder();
      throw error;
    }
    this.#assign();
  }

  get layers(): number {
    return this.#layers.length;
  }

  /** How many layers are random after each step. */
  get steps(): number[] {
    const below = this.layers - 1;
    return [1, ...Array.from({ length: STEPS }, (_, i) => 1 + Math.round(((i + 1) * below) / STEPS))];
  }

  /** Randomises the last `layers` layers. @param seed the same gives the same. */
  randomise(layers: number, seed: number): void {
    const chosen = new Set(this.#layers.slice(0, layers));
    for (const parameter of this.#model.parameters)
      if (chosen.has(parameter.layer)) this.#values.set(parameter.key, initialValue(parameter, seed));
    this.#assign();
  }

  /** The dense unit's current weights. */
  weightsOf(key: string): Float32Array {
    return this.#values.get(key)!;
  }

  run(feeds: Readonly<Record<string, Value>>, fetches: readonly string[]): Value[] {
    return this.#session.run(feeds, fetches);
  }

  close(): void {
    this.#session.close();
    this.#removeFolder();
  }

  #removeFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #assign(): void {
    const { inputs, outputs } = this.#model.signatures['assign']!;
    const feeds: Record<string, Value> = {};
    for (const { key, shape } of this.#model.parameters)
      feeds[tensorName(inputs[key]!)] = { dtype: 'float32', shape, data: this.#values.get(key)! };
    this.#session.run(feeds, [tensorName(outputs['done']!)]);
  }
}
