import { z } from 'zod';
import { AnswerWord, Conformal, Notice } from './answers.ts';
import { Worded } from './failures.ts';
import { Certificate } from './grouping.ts';
import { NetworkName } from './networks.ts';
import { TrainingSettings } from './settings.ts';

/** Times are ISO 8601, UTC. */
const Time = z.iso.datetime();
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const partNames = ['train', 'validation', 'test'] as const;
export const Part = z.enum(partNames);
export type Part = z.infer<typeof Part>;

export const Dataset = z.object({
  id: z.string(),
  name: z.string(),
  /** Absolute path of the imported folder. */
  folder: z.string(),
  created: Time,
  /** Two class names, in the order of their folders. */
  classes: z.array(z.string()),
  /** The positive class. */
  positive: z.string(),
  /** SHA-256 over the sorted (path, class, SHA-256) of all its images. */
  hash: Sha256,
  /** When it was hidden; null while it is in use. */
  removed: Time.nullable(),
});
export type Dataset = z.infer<typeof Dataset>;

export const ImageRecord = z.object({
  id: z.int(),
  datasetId: z.string(),
  /** Relative to the dataset's folder, with `/`. */
  file: z.string(),
  className: z.string(),
  sha256: Sha256,
  bytes: z.int(),
  format: z.string(),
  width: z.int(),
  height: z.int(),
  /** The set whose folder it was in, if the import was divided into sets; otherwise null. */
  givenPart: Part.nullable(),
  /**
   * Which picture of its file it is: null for the only one, otherwise a DICOM frame number from 1, or a slice of a volume such as
   * `axial:45`. `file` then ends with `#` and this.
   */
  frame: z.string().nullable(),
  /** The patient, if known: a salted hash of the DICOM PatientID, the volume, or the CSV's value. */
  patient: z.string().nullable(),
  /** Values of its DICOM or NIfTI header, from an allow-list that identifies no one; null for plain images. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** What follows a file's name to denote one of its pictures, such as `scan.nii.gz#axial:45`: `#` and its `frame`. */
export const frameInName = /#((?:axial|coronal|sagittal):\d+(?::\d+)?|\d+)$/;

/** The facts from which a window words a reason: `why`, a code, and its parameters. */
const WordableFacts = z.record(z.string(), z.unknown()).optional();

export const Quarantined = z.object({ file: z.string(), reason: z.string(), facts: WordableFacts });
export type Quarantined = z.infer<typeof Quarantined>;

/** The method of a placeholder split: an imported model has no images here. */
export const IMPORTED_SPLIT = 'imported';

export const Split = z.object({
  id: z.string(),
  datasetId: z.string(),
  created: Time,
  method: z.string(),
  seed: z.int(),
  testFraction: z.number(),
  validationFraction: z.number(),
  /** SHA-256 over the sorted (image SHA-256, file, set) of the images that have a set, and the grouping. */
  hash: Sha256,
  /** What it guarantees; null for splits made before Falx kept groups. */
  certificate: Certificate.nullable(),
  /** Which fold of how many its test set is, and the id shared by their splits; null for a single split. */
  fold: z.object({ set: z.string(), index: z.int(), of: z.int() }).nullable(),
  /** When it was moved to the trash; null while it is in use. */
  removed: Time.nullable().default(null),
});
export type Split = z.infer<typeof Split>;

export const runStatuses = ['queued', 'running', 'interrupted', 'stopped', 'failed', 'done'] as const;
export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

/** What a run was trained on and how it was computed: the settings in effect, not the requested ones. */
export const ComputedOn = z.object({
  kind: z.enum(['cpu', 'gpu']),
  /** The GPU's name from its driver, or the processor's from the system; null if unknown. */
  name: z.string().nullable(),
  /** For a GPU whose driver reports it. */
  uuid: z.string().nullable(),
  /** For a GPU: major and minor, `8.6`. */
  computeCapability: z.string().nullable(),
  /** Version of the GPU's driver. */
  driver: z.string().nullable(),
  /** Whether factors of float32 products were rounded to TensorFloat-32; null if unknown. */
  tensorFloat32: z.boolean().nullable(),
  /** Whether operations that add in no fixed order were avoided. */
  deterministic: z.boolean(),
  /** Number of threads of one operation on the processor. */
  threads: z.int(),
  /** Why the processor was used although there is a GPU; null if there is none, or it was not wanted. */
  gpuUnused: Worded.nullable().default(null),
});
export type ComputedOn = z.infer<typeof ComputedOn>;

export const Run = z.object({
  id: z.string(),
  splitId: z.string(),
  network: NetworkName,
  status: RunStatus,
  settings: TrainingSettings,
  datasetHash: Sha256,
  splitHash: Sha256,
  /** The SavedModel, absolute. */
  folder: z.string(),
  created: Time,
  started: Time.nullable(),
  ended: Time.nullable(),
  bestEpoch: z.int().nullable(),
  /** Why it failed or was interrupted. */
  error: z.string().nullable(),
  errorFacts: WordableFacts,
  /** Falx, Node, TensorFlow, sharp…: name → version. */
  versions: z.record(z.string(), z.string()),
  device: z.string().nullable(),
  /** Null before it starts, and for runs of earlier versions of Falx. */
  computedOn: ComputedOn.nullable().default(null),
  /** SHA-256 of the weight file it started from, or null. */
  weightsSha256: z.string().nullable(),
  /** The user's name for it; null for its id. */
  name: z.string().nullable(),
  tags: z.array(z.string()),
  notes: z.string(),
  /** When it was hidden; null while it is in use. */
  removed: Time.nullable(),
});
export type Run = z.infer<typeof Run>;

export const Epoch = z.object({
  /** From 1. */
  epoch: z.int(),
  phase: z.enum(['head', 'all']),
  learningRate: z.number(),
  trainLoss: z.number(),
  trainAccuracy: z.number(),
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  seconds: z.number(),
  imagesPerSecond: z.number(),
});
export type Epoch = z.infer<typeof Epoch>;

/** A proportion with its counts; null if the denominator is 0. */
export const Share = z.object({ value: z.number().nullable(), of: z.int(), count: z.int() });
export type Share = z.infer<typeof Share>;

export const Metrics = z.object({
  runId: z.string(),
  part: Part,
  created: Time,
  threshold: z.number(),
  images: z.int(),
  confusion: z.object({ tp: z.int(), fp: z.int(), tn: z.int(), fn: z.int() }),
  accuracy: Share,
  sensitivity: Share,
  specificity: Share,
  ppv: Share,
  npv: Share,
  f1: z.number().nullable(),
  auc: z.number().nullable(),
  /** Mean milliseconds per scan, in batches of the run's size. */
  millisecondsPerScan: z.number(),
  /** Bytes of the model's variables. */
  modelBytes: z.int(),
  /** Number of trained and frozen parameters, without the optimiser's. */
  parameters: z.int(),
});
export type Metrics = z.infer<typeof Metrics>;

/** Of which DICOM series a file with one picture is a slice. Series and contrast are hashes that tell of nothing else. */
export const SeriesSlice = z.object({
  series: z.string(),
  /** What parts pictures of the same place within a series, such as the echo. */
  contrast: z.string(),
  /** Where it lies across the slices, mm. */
  at: z.number(),
});
export type SeriesSlice = z.infer<typeof SeriesSlice>;

export const Prediction = z.object({
  runId: z.string(),
  file: z.string(),
  /** Left out if it is no slice of a series, and in the history. */
  slice: SeriesSlice.optional(),
  sha256: z.string().nullable(),
  /** The answer; `label` and `positive` are what the threshold alone gives, regardless of notices. */
  answer: AnswerWord,
  /** Why it is refused, and what may make it wrong; most severe first. */
  notices: z.array(Notice),
  /** Of the positive class, 0 to 1, uncalibrated; null if the file could not be read. */
  probability: z.number().nullable(),
  /** The same, calibrated on the validation set; null if that was never fitted. */
  calibrated: z.number().nullable(),
  /** Null if nothing was calibrated. */
  conformal: Conformal.nullable(),
  /** Name of the class on whose side of the threshold it is. */
  label: z.string().nullable(),
  /** Whether the probability is at or above the threshold. */
  positive: z.boolean().nullable(),
  threshold: z.number(),
  milliseconds: z.number().nullable(),
  error: z.string().nullable(),
  facts: WordableFacts,
  created: Time,
});
export type Prediction = z.infer<typeof Prediction>;
