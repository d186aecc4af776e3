import type { PixelFile } from '../contract/packets.ts';
import type { TrialMemory } from './trial-memory.ts';
import type { TrainingSettings } from '../contract/settings.ts';

/** What a trial's worker needs. */
export type TrialPlan = {
  /** Empty; the graph is written there. */
  folder: string;
  settings: TrainingSettings;
  weightsFile: string | null;
  /** Real images to train on, with the rows to use; without them the pixels are random. */
  pixels: { file: PixelFile; rows: number[] } | null;
};

export type TrialPacket =
  /** A step of `trialSteps` is done. */
  | { kind: 'step'; step: number }
  | {
      kind: 'measured';
      device: string;
      secondsToStart: number;
      secondsPerStep: number;
      /** Evaluation of one batch, as in validation. */
      secondsPerBatch: number;
      memory: TrialMemory;
    }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

/** One in which TensorFlow plans and allocates, and two that are timed. */
export const trialSteps = 3;

/** Seconds since the start of its process after which a trial does no more steps. */
export const trialPatience = 14;
