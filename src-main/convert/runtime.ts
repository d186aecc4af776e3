import type { ModelCard } from '../train/run-storage.ts';
import type { ModelFacts } from './facts.ts';

export type Writing = {
  card: ModelCard;
  facts: ModelFacts;
  target: string;
  /** All weights by key, including those with batch normalisation folded in. */
  weights: () => Map<string, Float32Array>;
};

/** Runs an exported model. */
export type Runtime = {
  /** With its version. */
  title: string;
  /** Probabilities of uint8 [count, side, side, 3], values 0 to 255. */
  run: (pixels: Uint8Array, count: number, side: number) => Promise<ArrayLike<number>>;
  close: () => Promise<void>;
};
