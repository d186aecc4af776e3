import { z } from 'zod';
import type { MapTarget } from './maps.ts';
import { Epoch } from './records.ts';
import { TrainingSettings } from './settings.ts';

/** Decoded pixels on disk: uint8 [count, imageSize, imageSize, 3], row after row, no header. */
export const PixelFile = z.object({ path: z.string(), imageSize: z.int(), count: z.int() });
export type PixelFile = z.infer<typeof PixelFile>;

/** Rows of a pixel file with their labels: 1 is the positive class, 0 the other. */
export const LabelledRows = z.object({
  rows: z.array(z.int()),
  labels: z.array(z.union([z.literal(0), z.literal(1)])),
});
export type LabelledRows = z.infer<typeof LabelledRows>;

/** What the core sends a trainer: everything it needs, without a registry. */
export const TrainPlan = z.object({
  runId: z.string(),
  /** Folder for the SavedModel and checkpoints; exists, empty or with the checkpoint to resume. */
  folder: z.string(),
  settings: TrainingSettings,
  /** Absolute path of the weight file, or null for training from scratch. */
  weightsFile: z.string().nullable(),
  /** Expected hash of the weight file; unknown if left out or null. */
  weightsSha256: z.string().nullable().optional(),
  pixelFile: PixelFile,
  train: LabelledRows,
  validation: LabelledRows,
  /** Class names, negative then positive, written into the model's metadata. */
  classes: z.tuple([z.string(), z.string()]),
  resume: z.boolean(),
  /** UUID of the GPU that it must be trained on, and nothing else; left out if any device will do. */
  gpu: z.string().optional(),
});
export type TrainPlan = z.infer<typeof TrainPlan>;

/** Core → trainer, after the plan. `stop` keeps the best epoch; `cancel` keeps nothing. */
export const TrainControl = z.enum(['pause', 'resume', 'stop', 'cancel']);
export type TrainControl = z.infer<typeof TrainControl>;

/** The facts from which a window words the failure, if known. */
const FailureFacts = z.record(z.string(), z.unknown()).optional();

/** Trainer → core. */
export const TrainPacket = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('started'),
    device: z.string(),
    /** TensorFlow's settings on the device it was started on. */
    numbers: z.object({ tensorFloat32: z.boolean(), deterministic: z.boolean(), threads: z.int() }),
    tensorflow: z.string(),
    parameters: z.int(),
    trainableParameters: z.int(),
    weightsSha256: z.string().nullable(),
    batchNormFolded: z.boolean(),
  }),
  z.object({ kind: z.literal('warning'), message: z.string(), facts: FailureFacts }),
  z.object({
    kind: z.literal('progress'),
    epoch: z.int(),
    epochs: z.int(),
    step: z.int(),
    steps: z.int(),
    loss: z.number(),
    learningRate: z.number(),
    imagesPerSecond: z.number(),
    /** Until the end of the last epoch, without early stopping. */
    secondsLeft: z.number(),
    /** Resident memory of the trainer, now. */
    memoryBytes: z.number(),
  }),
  z.object({ kind: z.literal('epoch'), epoch: Epoch, best: z.boolean() }),
  z.object({
    kind: z.literal('done'),
    bestEpoch: z.int(),
    stoppedEarly: z.boolean(),
    stoppedByUser: z.boolean(),
    modelBytes: z.int(),
    peakBytes: z.int(),
  }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string(), facts: FailureFacts }),
]);
export type TrainPacket = z.infer<typeof TrainPacket>;

/**
 * Where a network looked on some scans, from its last feature maps: float32 [count, height, width] each. `cam`: class-activation
 * maps, signed: evidence for the positive class, or against it. `gradcampp`: for each class, never below 0.
 */
export type ClassMaps = {
  height: number;
  width: number;
  cam: Float32Array;
  gradcampp: Record<MapTarget, Float32Array>;
};

/** The drop in the positive class's logit when a part was covered, float32 [count, cells, cells]. */
export type CoveredMaps = { cells: number; drops: Float32Array };

/** `layers`: number of randomised layers, from the last. */
export type RandomisedStep = { layers: number; of: number; maps: ClassMaps; covered: CoveredMaps | null };

/**
 * Core → predictor. `pixels` is uint8 [count, imageSize, imageSize, 3]; `rows` reads a pixel file instead. `features`: whether the
 * input of the last layer is returned too.
 */
export type PredictRequest =
  | { kind: 'open'; request: number; folder: string }
  | { kind: 'pixels'; request: number; pixels: Uint8Array; count: number; maps?: boolean; features?: boolean }
  /** For one picture: the effect of covering each part of it. */
  | { kind: 'occlusion'; request: number; pixels: Uint8Array }
  /**
   * For some pictures: the maps with the trained weights, and after each step of randomising the layers, from the last one down.
   * `occlusion`: number of pictures, the first ones, that get coarse occlusion maps too, before the first step and after the last.
   */
  | { kind: 'randomise'; request: number; pixels: Uint8Array; count: number; seed: number; occlusion: number }
  | {
      kind: 'rows';
      request: number;
      pixelFile: PixelFile;
      rows: number[];
      batchSize: number;
      features?: boolean;
    };

/** Predictor → core; probabilities of the positive class, 0 to 1, in the requested order. */
export type PredictReply =
  | {
      kind: 'opened';
      request: number;
      device: string;
      imageSize: number;
      classes: [string, string];
      modelBytes: number;
      parameters: number;
    }
  | {
      kind: 'probabilities';
      request: number;
      probabilities: Float32Array;
      milliseconds: number;
      maps?: ClassMaps;
      /** float32 [count, channels]: the means of the last maps. */
      features?: Float32Array;
    }
  | ({ kind: 'occlusion'; request: number } & CoveredMaps)
  | { kind: 'randomised'; request: number; steps: RandomisedStep[] }
  /** Progress of a long request; its answer follows. */
  | { kind: 'progress'; request: number; done: number; of: number }
  | { kind: 'failed'; request: number; code: string; message: string; facts?: z.infer<typeof FailureFacts> };
