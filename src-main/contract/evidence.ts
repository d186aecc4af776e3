import { z } from 'zod';
import { Metrics } from './records.ts';
import { measuresShown, type MeasureShown } from './measures.ts';

/** The performance of models on a test set, and whether they differ; `statistics/evidence.ts` computes it. */

export type EvidenceMeasure = MeasureShown<'evidence'>;
export const evidenceMeasures = measuresShown('evidence');

const figure = z.number().nullable();

export const MeasureWithInterval = z.object({
  value: figure,
  /** Bounds of the 95 % interval; null if none is known. */
  low: figure,
  high: figure,
  /** How the interval was computed; `bootstrap` is the BCa one. */
  method: z.enum(['wilson', 'delong', 'newcombe', 'bootstrap', 'basic', 'exact']).nullable(),
});
export type MeasureWithInterval = z.infer<typeof MeasureWithInterval>;
export type IntervalMethod = NonNullable<MeasureWithInterval['method']>;

/** One threshold of a decision curve. Net benefit is true positives per scan, less the weighted cost of false alarms. */
export const DecisionPoint = z.object({
  threshold: z.number(),
  netBenefit: z.number(),
  treatAll: z.number(),
});
export type DecisionPoint = z.infer<typeof DecisionPoint>;

export const ModelEvidence = z.object({
  measures: z.record(z.enum(evidenceMeasures), MeasureWithInterval),
  confusion: Metrics.shape.confusion,
  /** PPV and NPV at the requested prevalence; null without one. */
  atPrevalence: z
    .object({ prevalence: z.number(), ppv: MeasureWithInterval, npv: MeasureWithInterval })
    .nullable(),
  /** At thresholds of 1 to 99 %, and the model's own. */
  netBenefit: z.array(DecisionPoint),
});
export type ModelEvidence = z.infer<typeof ModelEvidence>;

/** A measure's difference between two models on the same scans: a − b. */
export const MeasureDifference = z.object({
  value: figure,
  low: figure,
  high: figure,
  /** Two-sided: DeLong's for the AUC, McNemar's for accuracy; null for the others, which have only an interval. */
  p: figure,
  /** Adjusted for the number of pairs by Holm's method. */
  adjustedP: figure,
});
export type MeasureDifference = z.infer<typeof MeasureDifference>;

/** The conclusion from a pair's figures. */
export const Verdict = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('better'),
    /** Index of the better model. */
    model: z.int(),
    by: z.enum(['auc', 'accuracy']),
    /** The smallest difference that the interval allows. */
    atLeast: z.number(),
  }),
  z.object({
    is: z.literal('open'),
    /** A difference in accuracy of this size, as a share, … */
    points: z.number(),
    /** … would need this many scans, at 80 % power. */
    scans: z.int(),
  }),
]);
export type Verdict = z.infer<typeof Verdict>;

/** Two models on the same scans; `a` and `b` are their indices. */
export const Pair = z.object({
  a: z.int(),
  b: z.int(),
  /** Scans that both, one or neither classified correctly. */
  agreement: z.object({ both: z.int(), onlyA: z.int(), onlyB: z.int(), neither: z.int() }),
  differences: z.record(z.enum(evidenceMeasures), MeasureDifference),
  verdict: Verdict,
});
export type Pair = z.infer<typeof Pair>;

export const UnitEvidence = z.object({
  /** Scans or images, and the number of distinct groups (same scan or patient) among them. */
  units: z.int(),
  groups: z.int(),
  models: z.array(ModelEvidence),
  /** All pairs of runs. */
  pairs: z.array(Pair),
});
export type UnitEvidence = z.infer<typeof UnitEvidence>;

/** Several runs on one test set. */
export const Evidence = z.object({
  /** In the order of `models`; the mean of all is null, and last if there are several. */
  runIds: z.array(z.string().nullable()),
  thresholds: z.array(z.number()),
  /** Each group has one vote: the mean of its images' probabilities. */
  perScan: UnitEvidence,
  /** Each image by itself; intervals take groups into account. */
  perImage: UnitEvidence,
  /** Groups with images of both classes, which can't both be right, and their images in the test set. */
  contradictions: z.object({ groups: z.int(), images: z.int() }),
});
export type Evidence = z.infer<typeof Evidence>;
