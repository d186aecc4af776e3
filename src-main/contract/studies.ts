import { z } from 'zod';
import { MeasureDifference, MeasureWithInterval, UnitEvidence, evidenceMeasures } from './evidence.ts';
import { Part } from './records.ts';

/** Studies of runs beyond their test set: another dataset, altered scans, subgroups of the test set. */

const Time = z.iso.datetime();
const Probability = z.number().min(0).max(1);

/** A run's answers on another dataset, and which of its scans the run had seen before. */
export const StoredValidation = z.object({
  runId: z.string(),
  datasetId: z.string(),
  created: Time,
  threshold: Probability,
  /** Pictures of the run's own dataset that could not be read, so that no twins of them were searched for. */
  unread: z.int(),
  answers: z.array(
    z.object({
      imageId: z.int(),
      probability: Probability,
      /** Images of one scan or patient share a number. */
      group: z.int(),
      /** The set of the run's split that holds a twin of its group; null if none does. */
      seen: Part.nullable(),
      /** Whether such a twin is byte for byte the same as this image. */
      exact: z.boolean(),
    }),
  ),
});
export type StoredValidation = z.infer<typeof StoredValidation>;

/** One model on some scans, with one vote per group, and with each image by itself. */
export const BothUnits = z.object({ perScan: UnitEvidence, perImage: UnitEvidence });
export type BothUnits = z.infer<typeof BothUnits>;

const Differences = z.record(z.enum(evidenceMeasures), MeasureDifference);

/** A run's performance on a dataset that it was not made from. */
export const Validation = z.object({
  runId: z.string(),
  dataset: z.object({ id: z.string(), name: z.string(), positive: z.string() }),
  /** The run's own dataset. */
  trainedOn: z.object({ id: z.string(), name: z.string(), positive: z.string() }),
  created: Time,
  threshold: Probability,
  images: z.int(),
  /** Images by the set that holds a twin of their scan; `unseen`: none does. */
  seen: z.object({ train: z.int(), validation: z.int(), test: z.int(), unseen: z.int() }),
  /** Of those with a twin, images that are byte for byte the same. */
  exact: z.int(),
  unread: z.int(),
  all: BothUnits,
  /** Scans without a twin in the run's dataset; null if there are none. */
  unseen: BothUnits.nullable(),
  /** Scans with a twin in training or validation; null if there are none. */
  known: BothUnits.nullable(),
  /** The run's own test set. */
  test: BothUnits,
  /** From the test set to the unseen scans: unseen − test; null without unseen scans. */
  drop: z.object({ perScan: Differences, perImage: Differences }).nullable(),
});
export type Validation = z.infer<typeof Validation>;

/** Default training set fractions of a learning curve. */
export const usualShares = [0.1, 0.25, 0.5, 1];

/** How scans are altered, in display order. Strengths go from 1 to 5; `images/alter.ts` defines each. */
export const alterations = ['motion', 'noise', 'biasField', 'blur', 'resolution', 'intensity'] as const;
export type Alteration = (typeof alterations)[number];
export const strengths = [1, 2, 3, 4, 5] as const;

/** A run's answers on its test set, unaltered and altered. */
export const StoredRobustness = z.object({
  runId: z.string(),
  created: Time,
  threshold: Probability,
  imageIds: z.array(z.int()),
  /** In the order of `imageIds`. */
  clean: z.array(Probability),
  altered: z.array(
    z.object({
      by: z.enum(alterations),
      strength: z.int().min(1).max(5),
      probabilities: z.array(Probability),
    }),
  ),
});
export type StoredRobustness = z.infer<typeof StoredRobustness>;

/** An attribute of images: `folder`, `format`, a fact of their headers, or, with a table, one of its columns. */
export const AttributeChoice = z.object({
  by: z.string().trim().min(1).max(200),
  /** A CSV; absolute, or relative to the working folder. */
  csv: z.string().min(1).max(4096).optional(),
});
export type AttributeChoice = z.infer<typeof AttributeChoice>;

/** The test set of a fold that leaves out one site, scanner or the like. */
export const LeftOutFold = z.object({
  value: z.string(),
  /** Class name → images. */
  classes: z.record(z.string(), z.int()),
  /** Images with another value, kept here by their twins or patient. */
  strayed: z.int(),
});
export type LeftOutFold = z.infer<typeof LeftOutFold>;

/** Performance of runs on subgroups of their test set. */
export const Subgroups = z.object({
  by: z.string(),
  /** In the order of `models`. */
  runIds: z.array(z.string()),
  groups: z.array(
    BothUnits.extend({
      value: z.string(),
      /** Scans of each class. */
      positives: z.int(),
      negatives: z.int(),
      /** Whether a class has so few scans that the figures say little. */
      small: z.boolean(),
    }),
  ),
  /** Test images whose value is unknown. */
  unknown: z.int(),
});
export type Subgroups = z.infer<typeof Subgroups>;

/** How a threshold is chosen on the validation set. */
export const ThresholdRule = z.discriminatedUnion('by', [
  /** The highest sensitivity + specificity. */
  z.object({ by: z.literal('youden') }),
  /** The highest with at least this sensitivity, the lowest with at least this specificity. */
  z.object({ by: z.literal('sensitivity'), least: z.number().gt(0).max(1) }),
  z.object({ by: z.literal('specificity'), least: z.number().gt(0).max(1) }),
  /** The lowest cost, if missing a positive scan costs as much as this many false alarms. */
  z.object({ by: z.literal('cost'), missOverFalseAlarm: z.number().gt(0).max(10_000) }),
]);
export type ThresholdRule = z.infer<typeof ThresholdRule>;

/** A threshold chosen on the validation set, and its results there and on the test set. */
export const ChosenThreshold = z.object({
  runId: z.string(),
  threshold: z.number(),
  /** Scans of the validation set, with one vote per group. */
  validation: z.object({
    positives: z.int(),
    negatives: z.int(),
    sensitivity: z.number(),
    specificity: z.number(),
  }),
  test: BothUnits,
});
export type ChosenThreshold = z.infer<typeof ChosenThreshold>;

export const calibrations = ['none', 'temperature', 'isotonic'] as const;
export type CalibrationName = (typeof calibrations)[number];

/** How well a run's probabilities are calibrated on the test set, uncalibrated and with what was fitted on the validation set. */
export const CalibrationView = z.object({
  runId: z.string(),
  temperature: z.number(),
  /** Scans, with one vote per group. */
  scans: z.int(),
  /** In the order of `calibrations`; without isotonic if none is stored. */
  versions: z.array(
    z.object({
      how: z.enum(calibrations),
      measures: z.record(z.enum(evidenceMeasures), MeasureWithInterval),
      /** Those of ten bins of equal width that contain scans. */
      bins: z.array(
        z.object({
          low: z.number(),
          high: z.number(),
          count: z.int(),
          predicted: z.number(),
          observed: z.number(),
          /** Wilson's 95 % interval of `observed`. */
          observedLow: z.number(),
          observedHigh: z.number(),
        }),
      ),
    }),
  ),
});
export type CalibrationView = z.infer<typeof CalibrationView>;

const RobustnessPoint = z.object({
  /** 0: unaltered. */
  strength: z.int().min(0).max(5),
  /** The amount at this strength, in the unit of `images/alter.ts`. Null if unaltered. */
  amount: z.number().nullable(),
  accuracy: MeasureWithInterval,
  auc: MeasureWithInterval,
  sensitivity: MeasureWithInterval,
  specificity: MeasureWithInterval,
});

/** A run's performance on its altered test set, per scan. */
export const Robustness = z.object({
  runId: z.string(),
  created: Time,
  threshold: Probability,
  scans: z.int(),
  curves: z.array(
    z.object({
      by: z.enum(alterations),
      points: z.array(RobustnessPoint),
      /** The strength at which sensitivity, or specificity, has fallen by five points; null if it never does. */
      falls: z.number().nullable(),
      specificityFalls: z.number().nullable(),
    }),
  ),
});
export type Robustness = z.infer<typeof Robustness>;
