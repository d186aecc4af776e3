import { z } from 'zod';
import { MeasureDifference, MeasureWithInterval, UnitEvidence, evidenceMeasures } from './evidence.ts';
import { Part } from './records.ts';

/** What runs are put through besides their test set: another dataset, altered scans, parts of the test set by themselves. */

const Time = z.iso.datetime();
const Probability = z.number().min(0).max(1);

/** What a run answered on another dataset, and which of its scans the run had met before. */
export const StoredValidation = z.object({
  runId: z.string(),
  datasetId: z.string(),
  created: Time,
  threshold: Probability,
  /** Pictures of the run's own dataset that could not be read, so that no twin of theirs was looked for. */
  unread: z.int(),
  answers: z.array(
    z.object({
      imageId: z.int(),
      probability: Probability,
      /** Images of one scan or patient have the same number. */
      group: z.int(),
      /** The part of the run's split that holds a twin of its group; null where none does. */
      seen: Part.nullable(),
      /** Whether such a twin has the same bytes as this very image. */
      exact: z.boolean(),
    }),
  ),
});
export type StoredValidation = z.infer<typeof StoredValidation>;

/** One model on some scans, each group one vote, and each image by itself. */
export const BothUnits = z.object({ perScan: UnitEvidence, perImage: UnitEvidence });
export type BothUnits = z.infer<typeof BothUnits>;

const Differences = z.record(z.enum(evidenceMeasures), MeasureDifference);

/** What a run is worth on a dataset it was not made from. */
export const Validation = z.object({
  runId: z.string(),
  dataset: z.object({ id: z.string(), name: z.string(), positive: z.string() }),
  /** What the run was trained on. */
  trainedOn: z.object({ id: z.string(), name: z.string(), positive: z.string() }),
  created: Time,
  threshold: Probability,
  images: z.int(),
  /** Images by the part that holds a twin of their scan; `unseen`: none does. */
  seen: z.object({ train: z.int(), validation: z.int(), test: z.int(), unseen: z.int() }),
  /** Of those with a twin, images with the same bytes. */
  exact: z.int(),
  unread: z.int(),
  all: BothUnits,
  /** Scans without a twin in the run's dataset; null where there are none. */
  unseen: BothUnits.nullable(),
  /** Scans with a twin in training or validation; null where there are none. */
  known: BothUnits.nullable(),
  /** The run's own test set. */
  test: BothUnits,
  /** From the test set to the unseen scans: unseen − test; null without unseen scans. */
  drop: z.object({ perScan: Differences, perImage: Differences }).nullable(),
});
export type Validation = z.infer<typeof Validation>;

/** Shares of the training set that a learning curve has unless others are named. */
export const usualShares = [0.1, 0.25, 0.5, 1];

/** How scans are altered, in the order shown. Strengths go from 1 to 5; `images/alter.ts` says what each is. */
export const alterations = ['motion', 'noise', 'biasField', 'blur', 'resolution', 'intensity'] as const;
export type Alteration = (typeof alterations)[number];
export const strengths = [1, 2, 3, 4, 5] as const;

/** What a run answered on its test set as it is, and altered. */
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

/** What tells images apart: `folder`, `format`, a fact of their headers, or, with a table, one of its columns. */
export const AttributeChoice = z.object({
  by: z.string().trim().min(1).max(200),
  /** A CSV; absolute, or relative to the working folder. */
  csv: z.string().min(1).max(4096).optional(),
});
export type AttributeChoice = z.infer<typeof AttributeChoice>;

/** The test set of a fold that leaves one site, scanner or the like out. */
export const LeftOutFold = z.object({
  value: z.string(),
  /** Class name → images. */
  classes: z.record(z.string(), z.int()),
  /** Images of another value that their twins or patient keep here. */
  strayed: z.int(),
});
export type LeftOutFold = z.infer<typeof LeftOutFold>;

/** What runs are worth on parts of their test set. */
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
      /** Whether one of them has so few scans that the figures say little. */
      small: z.boolean(),
    }),
  ),
  /** Test images of which it is not known. */
  unknown: z.int(),
});
export type Subgroups = z.infer<typeof Subgroups>;

/** How a threshold is chosen, from the validation set alone. */
export const ThresholdRule = z.discriminatedUnion('by', [
  /** The most sensitivity + specificity. */
  z.object({ by: z.literal('youden') }),
  /** The highest with at least this sensitivity, the lowest with at least this specificity. */
  z.object({ by: z.literal('sensitivity'), least: z.number().gt(0).max(1) }),
  z.object({ by: z.literal('specificity'), least: z.number().gt(0).max(1) }),
  /** The least cost, where missing a positive scan costs as much as so many false alarms. */
  z.object({ by: z.literal('cost'), missOverFalseAlarm: z.number().gt(0).max(10_000) }),
]);
export type ThresholdRule = z.infer<typeof ThresholdRule>;

/** A threshold that was chosen on the validation set, and what it comes to there and on the test set. */
export const ChosenThreshold = z.object({
  runId: z.string(),
  threshold: z.number(),
  /** Scans of the validation set, each group one vote. */
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

/** How well a run's probabilities are calibrated on the test set, as they are and by what was fitted on the validation set. */
export const CalibrationView = z.object({
  runId: z.string(),
  temperature: z.number(),
  /** Scans, each group one vote. */
  scans: z.int(),
  /** In the order of `calibrations`; without isotonic where none is saved. */
  versions: z.array(
    z.object({
      how: z.enum(calibrations),
      measures: z.record(z.enum(evidenceMeasures), MeasureWithInterval),
      /** Ten bins of equal width that have scans. */
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
  /** 0: as it is. */
  strength: z.int().min(0).max(5),
  /** What the strength is; `images/alter.ts` says of what. Null as it is. */
  amount: z.number().nullable(),
  accuracy: MeasureWithInterval,
  auc: MeasureWithInterval,
  sensitivity: MeasureWithInterval,
  specificity: MeasureWithInterval,
});

/** What a run is worth on its test set altered, per scan. */
export const Robustness = z.object({
  runId: z.string(),
  created: Time,
  threshold: Probability,
  scans: z.int(),
  curves: z.array(
    z.object({
      by: z.enum(alterations),
      points: z.array(RobustnessPoint),
      /** The strength at which sensitivity, and specificity, has fallen by five points; null where it never has. */
      falls: z.number().nullable(),
      specificityFalls: z.number().nullable(),
    }),
  ),
});
export type Robustness = z.infer<typeof Robustness>;
