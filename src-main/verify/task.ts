import type { TrainingSettings } from '../contract/settings.ts';

/** The steps of one task of a verification's worker, in this order, in one process. */
export type VerifyTask = {
  /** Empty or missing; the graph is written there. */
  folder: string;
  settings: TrainingSettings;
  /** Steps of training; 0 trains none. */
  steps: number;
  /** Number of the first step, from 1: after a restored checkpoint it continues from there. */
  firstStep?: number;
  /** A checkpoint to start from. */
  restore?: string;
  /** Writes a checkpoint after this many steps. */
  save?: { path: string; after: number };
  /** Kills its own process, as a power failure would, after this many steps. */
  dieAfter?: number;
  /** Batches evaluated after training; their probabilities are reported. */
  evaluated?: number;
  /** Batch size of a step that must run out of memory, before all others. */
  tooMany?: number;
  /** Limits the process's memory first, so that this happens on a processor too. */
  limitMemory?: boolean;
};

/** The result of one task. */
export type TaskResult = {
  device: 'GPU' | 'CPU';
  tensorflow: string;
  /** One per step. */
  losses: number[];
  /** Writing and loading the graph, and the first step. */
  secondsToStart: number;
  /** Of the steps after the second; null where there are none. */
  secondsPerStep: number | null;
  imagesPerSecond: number | null;
  /** SHA-256 over all weights at the end. */
  weights: string;
  /** Of the positive class, for the evaluated images. */
  probabilities: number[];
  secondsPerEvaluatedBatch: number | null;
  /** Peak memory of the process, bytes. */
  peakBytes: number;
  /** GPU memory that the process holds at the end, which it never gives back; null if unknown. */
  gpuBytes: number | null;
  outOfMemory: OutOfMemory | null;
};

/** What happened when memory ran out. */
export type OutOfMemory = {
  batch: number;
  /** `out-of-memory` if it was recognised as such; null: it did not run out. */
  code: string | null;
  message: string;
  /** The most images that fitted afterwards; 0: none. */
  fits: number | null;
};

export type VerifyPacket =
  | { kind: 'step'; task: number; step: number; loss: number }
  | { kind: 'result'; task: number; result: TaskResult }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

export type VerifyTasks = { tasks: VerifyTask[] };
