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
  /** The class that is to be found. */
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
  /** Part it lay in when the folder was split already, else null. */
  givenPart: Part.nullable(),
  /**
   * Which picture of its file it is: null for the only one, else a DICOM frame's number from 1, or a slice of a volume
   * such as `axial:45`. `file` then ends with `#` and this.
   */
  frame: z.string().nullable(),
  /** Whose scan it is, as far as known: a salted hash of the DICOM PatientID, the volume, or what a CSV says. */
  patient: z.string().nullable(),
  /** What a DICOM or NIfTI header says of it, of an allow-list that names no one; null for plain images. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** What follows a file's name where one of its pictures is meant, such as `scan.nii.gz#axial:45`: `#` and its `frame`. */
export const frameInName = /#((?:axial|coronal|sagittal):\d+(?::\d+)?|\d+)$/;

/** Why something went wrong, for a window to word: `why`, a code, and what its sentence is made of. */
const WordableFacts = z.record(z.string(), z.unknown()).optional();

export const Quarantined = z.object({ file: z.string(), reason: z.string(), facts: WordableFacts });
export type Quarantined = z.infer<typeof Quarantined>;

/** The method of a split that is none: a model from another program has no images here. */
export const IMPORTED_SPLIT = 'imported';

export const Split = z.object({
  id: z.string(),
  datasetId: z.string(),
  created: Time,
  method: z.string(),
  seed: z.int(),
  testFraction: z.number(),
  validationFraction: z.number(),
  /** SHA-256 over the sorted (image SHA-256, file, part) of the images that have a part, and the grouping. */
  hash: Sha256,
  /** What it vouches for; null for splits made before Falx kept groups. */
  certificate: Certificate.nullable(),
  /** Which fold of how many its test part is, and the splits made with it; null for a single split. */
  fold: z.object({ set: z.string(), index: z.int(), of: z.int() }).nullable(),
  /** When it was put in the trash; null while it is in use. */
  removed: Time.nullable().default(null),
});
export type Split = z.infer<typeof Split>;

export const runStatuses = ['queued', 'running', 'interrupted', 'stopped', 'failed', 'done'] as const;
export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

/** What a run was trained on and how its numbers were computed: what was in force, not what was asked for. */
export const ComputedOn = z.object({
  kind: z.enum(['cpu', 'gpu']),
  /** As the driver calls the GPU, or the system its processor; null where nobody says. */
  name: z.string().nullable(),
  /** Of a GPU whose driver says it. */
  uuid: z.string().nullable(),
  /** Of a GPU: major and minor, `8.6`. */
  computeCapability: z.string().nullable(),
  /** Version of the GPU's driver. */
  driver: z.string().nullable(),
  /** Whether factors of float32 products were rounded to TensorFloat-32; null where it can't be told. */
  tensorFloat32: z.boolean().nullable(),
  /** Whether operations that add up in no fixed order were kept out. */
  deterministic: z.boolean(),
  /** Over how many threads an operation was spread on the processor. */
  threads: z.int(),
  /** Why it was the processor's though there is a GPU; null where there is none, or it was not wanted. */
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
  /** Null before it is begun, and for runs of a Falx that did not record it. */
  computedOn: ComputedOn.nullable().default(null),
  /** SHA-256 of the weight file it started from, or null. */
  weightsSha256: z.string().nullable(),
  /** What a person calls it; null for its id. */
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

/** A share with the counts it is made of; null when the denominator is 0. */
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
  /** Mean milliseconds a scan, in batches of the run's size. */
  millisecondsPerScan: z.number(),
  /** Bytes of the model's variables. */
  modelBytes: z.int(),
  /** Trained and frozen numbers in the model, optimiser left out. */
  parameters: z.int(),
});
export type Metrics = z.infer<typeof Metrics>;

export const Prediction = z.object({
  runId: z.string(),
  file: z.string(),
  sha256: z.string().nullable(),
  /** What is answered; `label` and `positive` are what the threshold alone would say, whatever speaks against it. */
  answer: AnswerWord,
  /** Why it is refused, and what may make it wrong; gravest first. */
  notices: z.array(Notice),
  /** Of the positive class, 0 to 1, as the network gives it; null when the file could not be read. */
  probability: z.number().nullable(),
  /** The same, calibrated on the validation set; null where that was never fitted. */
  calibrated: z.number().nullable(),
  /** Null where nothing was calibrated. */
  conformal: Conformal.nullable(),
  /** The name of the class on whose side of the threshold it is. */
  label: z.string().nullable(),
  /** Whether the probability is at the threshold or above. */
  positive: z.boolean().nullable(),
  threshold: z.number(),
  milliseconds: z.number().nullable(),
  error: z.string().nullable(),
  facts: WordableFacts,
  created: Time,
});
export type Prediction = z.infer<typeof Prediction>;
