import type { PixelFile } from '../contract/packets.ts';
import type { TrialMemory } from './trial-memory.ts';
import type { TrainingSettings } from '../contract/settings.ts';

/** What a trial's worker needs. */
export type TrialPlan = {
  /** Empty; the graph is written there. */
  folder: string;
  settings: TrainingSettings;
  weightsFile: string | null;
  /** Real images to step on, with the rows to take; without them the pixels are drawn at random. */
  pixels: { file: PixelFile; rows: number[] } | null;
};

export type TrialPacket =
  /** A step is done, of `trialSteps`. */
  | { kind: 'step'; step: number }
  | {
      kind: 'measured';
      device: string;
      secondsToStart: number;
      secondsPerStep: number;
      /** A batch of images evaluated, as in validation. */
      secondsPerBatch: number;
      memory: TrialMemory;
    }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

/** One that TensorFlow plans and allocates in, and two that are timed. */
export const trialSteps = 3;

/** Once a trial has taken so long, seconds since its process began, it makes do with the steps it has. */
export const trialPatience = 14;
