import type { TrainingSettings } from '../contract/settings.ts';

/** What a verification's worker is to do, one after another, in one process. */
export type VerifyTask = {
  /** Empty or absent; the graph is written there. */
  folder: string;
  settings: TrainingSettings;
  /** Steps of training; 0 trains none. */
  steps: number;
  /** Number of the first step, from 1: after a restored checkpoint it goes on from there. */
  firstStep?: number;
  /** A checkpoint to begin with. */
  restore?: string;
  /** Writes a checkpoint after so many steps. */
  save?: { path: string; after: number };
  /** Ends its own process, as a power failure would, after so many steps. */
  dieAfter?: number;
  /** Batches evaluated after training; their probabilities are told. */
  evaluated?: number;
  /** A step of so many images for which memory can't suffice, before all others. */
  tooMany?: number;
  /** Takes memory from the process first, so that this comes about on a processor too. */
  limitMemory?: boolean;
};

/** What came of one task. */
export type TaskResult = {
  device: 'GPU' | 'CPU';
  tensorflow: string;
  /** A step each. */
  losses: number[];
  /** Writing and loading the graph, and the first step. */
  secondsToStart: number;
  /** Of the steps after the second; null where there are none. */
  secondsPerStep: number | null;
  imagesPerSecond: number | null;
  /** SHA-256 over all weights at the end. */
  weights: string;
  /** Of the positive class, of the images evaluated. */
  probabilities: number[];
  secondsPerEvaluatedBatch: number | null;
  /** The most memory of the machine that the process had, bytes. */
  peakBytes: number;
  /** Memory of the GPU that the process holds at the end, which it never gives back; null where nobody says. */
  gpuBytes: number | null;
  outOfMemory: OutOfMemory | null;
};

/** What followed when memory ran out. */
export type OutOfMemory = {
  batch: number;
  /** `out-of-memory` where it was known as that; null: it did not run out. */
  code: string | null;
  message: string;
  /** The most images that fitted then; 0: none. */
  fits: number | null;
};

export type VerifyPacket =
  | { kind: 'step'; task: number; step: number; loss: number }
  | { kind: 'result'; task: number; result: TaskResult }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

export type VerifyTasks = { tasks: VerifyTask[] };
