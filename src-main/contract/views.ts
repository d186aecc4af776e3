import { z } from 'zod';
import { Part as Message } from './messages/parameters.ts';
import { defaultErrorRate, errorRates } from './answers.ts';
import { DevicePreference } from './devices.ts';
import { MeasureWithInterval } from './evidence.ts';
import { ErrorData, Worded } from './failures.ts';
import { Job } from './jobs.ts';
import { measuresShown, type MeasureShown } from './measures.ts';
import { NetworkName } from './networks.ts';
import { Dataset, Epoch, ImageRecord, Metrics, Part, Run, Split } from './records.ts';

/** What a window shows of the records: assembled by the core, stored nowhere. */

/** Number of images with this width and height. */
export const SizeCount = z.object({ width: z.int(), height: z.int(), className: z.string(), count: z.int() });
export type SizeCount = z.infer<typeof SizeCount>;

export const DatasetView = z.object({
  dataset: Dataset,
  images: z.int(),
  /** Class name → images. */
  classes: z.record(z.string(), z.int()),
  /** Format (jpeg, png, …) → images. */
  formats: z.record(z.string(), z.int()),
  bytes: z.int(),
  /** Most frequent first, 200 at most. */
  sizes: z.array(SizeCount),
  /** Number of different sizes in all. */
  distinctSizes: z.int(),
  /** Images less distinct SHA-256. */
  duplicates: z.int(),
  quarantined: z.int(),
  /** Whether some or all files were in train, validation or test folders. */
  givenParts: z.boolean(),
  /** Images by the set given by their folder; null if none is given. */
  given: z.record(Part, z.int()).nullable(),
  /** Splits and runs that depend on it. */
  splits: z.int(),
  runs: z.int(),
  /** Such as the same picture under both labels. */
  warnings: z.array(Message),
});
export type DatasetView = z.infer<typeof DatasetView>;

/** An interrupted import that can be continued. */
export const InterruptedImport = z.object({
  /** Absolute. */
  folder: z.string(),
  /** When it began. */
  created: z.iso.datetime(),
  /** Files it has read. */
  files: z.int(),
});
export type InterruptedImport = z.infer<typeof InterruptedImport>;

/** A CSV that could provide labels, patients or both for a folder. */
export const LabelTable = z.object({
  /** Absolute. */
  file: z.string(),
  rows: z.int(),
  /** Names of its columns; null for a missing one. */
  columns: z.object({ file: z.string(), label: z.string().nullable(), patient: z.string().nullable() }),
});
export type LabelTable = z.infer<typeof LabelTable>;

/** Set → class name → images. */
export const PartCounts = z.record(Part, z.record(z.string(), z.int()));
export type PartCounts = z.infer<typeof PartCounts>;

export const SplitView = z.object({ split: Split, classes: PartCounts });
export type SplitView = z.infer<typeof SplitView>;

/** A run with what a list of runs shows about it. */
export const RunView = z.object({
  run: Run,
  datasetId: z.string(),
  datasetName: z.string(),
  /** Name of its positive class. */
  positive: z.string(),
  /** Of the test set; null until evaluated. */
  metrics: Metrics.nullable(),
  epochsDone: z.int(),
  /** Validation accuracy of the best epoch, 0 to 1. */
  validationAccuracy: z.number().nullable(),
  /** Whether there is a model to predict with. */
  hasModel: z.boolean(),
  /** Whether its training scans are known here: not for an imported run. */
  hasScans: z.boolean(),
  /** Why its last evaluation failed; null if it succeeded, or was not tried yet. */
  evaluationError: ErrorData.nullable(),
});
export type RunView = z.infer<typeof RunView>;

/** Whether runs can be compared. */
export const SharedTests = z.object({
  /** All were tested on the very same scans. */
  same: z.boolean(),
  /** Scans that all of the test sets have. */
  common: z.int(),
  /** For each split of the runs. */
  tests: z.array(z.object({ splitId: z.string(), images: z.int() })),
});
export type SharedTests = z.infer<typeof SharedTests>;

/** A run that is being trained. */
export const ActiveRun = z.object({
  runId: z.string(),
  network: NetworkName,
  /** Which of `TrainingState.devices` it uses. */
  deviceId: z.string(),
  /** `evaluating`: trained, and now being evaluated on its test set. */
  phase: z.enum(['preparing', 'starting', 'training', 'paused', 'stopping', 'evaluating']),
  /** Images decoded for it, while preparing. */
  pixels: z.object({ done: z.int(), total: z.int() }).nullable(),
  epoch: z.int(),
  epochs: z.int(),
  step: z.int(),
  steps: z.int(),
  loss: z.number().nullable(),
  learningRate: z.number().nullable(),
  imagesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  /** Of the trainer, now. */
  memoryBytes: z.number().nullable(),
  device: z.string().nullable(),
  warnings: z.array(Worded),
});
export type ActiveRun = z.infer<typeof ActiveRun>;

/** A device, or share of one, that trains one run at a time. */
export const TrainingDevice = z.object({
  /** A GPU's UUID; `cpu`, and `cpu-2` … if the processor trains several. */
  id: z.string(),
  kind: z.enum(['cpu', 'gpu']),
  /** As the driver calls it; null if unknown. */
  name: z.string().nullable(),
  /** Why it gets no runs until a user asks for it; null while it does. */
  setAside: ErrorData.nullable(),
});
export type TrainingDevice = z.infer<typeof TrainingDevice>;

export const TrainingState = z.object({
  /** One per device at most, in the order they were started. */
  active: z.array(ActiveRun),
  /** The devices in use; empty before the first run starts. */
  devices: z.array(TrainingDevice),
  /** Ids of waiting runs, in order. */
  queue: z.array(z.string()),
  /** Until everything is trained. */
  queueSecondsLeft: z.number().nullable(),
  /** Whether another Falx process (a command line) is training on this home now. */
  trainedElsewhere: z.boolean(),
  /** No run is started while something else has the devices: a GPU is being verified. */
  held: z.boolean(),
});
export type TrainingState = z.infer<typeof TrainingState>;

/** Share of the free memory that a training may take: other programs grow too, and evaluation adds a little. */
export const memoryShare = 0.9;

/** Estimates for a run from a two-step trial on this machine. */
export const TrialEstimate = z.object({
  network: NetworkName,
  /** Per step, once warm. */
  secondsPerStep: z.number(),
  /** Loading, building and the first step. */
  secondsToStart: z.number(),
  /**
   * All epochs, without early stopping, assuming each step takes as long as one that trains everything unfrozen: an upper limit.
   */
  secondsInAll: z.number(),
  /** Whose memory the next three refer to: for a GPU its own. */
  memoryOf: z.enum(['machine', 'gpu']),
  peakBytes: z.number(),
  /** Now. */
  freeBytes: z.number(),
  /** The largest batch that should fit, estimated from the trial; null: not even one image. */
  batchThatFits: z.int().nullable(),
  device: z.string(),
  /** Whether a run was trained meanwhile, here or by another process: the times are too long then. */
  besideTraining: z.boolean(),
});
export type TrialEstimate = z.infer<typeof TrialEstimate>;

/** The test set as one run predicts it. */
export const EvaluatedImage = z.object({
  imageId: z.int(),
  file: z.string(),
  className: z.string(),
  /** 1: the positive class. */
  label: z.union([z.literal(0), z.literal(1)]),
  /** Of the positive class, 0 to 1. */
  probability: z.number(),
});
export type EvaluatedImage = z.infer<typeof EvaluatedImage>;

export const foldMeasureNames = measuresShown('folds');
export type FoldMeasureName = MeasureShown<'folds'>;

/** A measure over folds, 0 to 1; null if undefined. */
export const FoldMeasure = z.object({
  /** Of the folds' own values, and their standard deviation (n − 1); null if a fold has none, or there is only one fold. */
  mean: z.number().nullable(),
  sd: z.number().nullable(),
  /** Of all folds' answers pooled, each scan evaluated by the network that had not seen it. */
  pooled: z.number().nullable(),
  /** 95 % interval of `pooled`. */
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type FoldMeasure = z.infer<typeof FoldMeasure>;

const FoldValues = z.record(z.enum(foldMeasureNames), z.number().nullable());

/** Runs of one network with the same settings over the folds of a set. */
export const FoldSummary = z.object({
  network: NetworkName,
  imageSize: z.int(),
  /** Name of the run on the lowest fold. */
  name: z.string().nullable(),
  /** By fold, from 0. */
  runs: z.array(z.object({ fold: z.int(), runId: z.string(), images: z.int(), values: FoldValues })),
  /** Folds without an evaluated run. */
  missing: z.array(z.int()),
  /** Evaluated scans, and the number of groups among them. */
  images: z.int(),
  groups: z.int(),
  confusion: Metrics.shape.confusion,
  measures: z.record(z.enum(foldMeasureNames), FoldMeasure),
});
export type FoldSummary = z.infer<typeof FoldSummary>;

/** A mean difference over folds, with its 95 % interval and the p-value of no difference. */
export const RepeatedDifference = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  t: z.number(),
  p: z.number(),
});

/** Runs of one split that differ in nothing but the seed. */
export const SeedSummary = z.object({
  network: NetworkName,
  imageSize: z.int(),
  /** Fraction of the training set. */
  trainShare: z.number(),
  /** By seed. */
  runs: z.array(z.object({ seed: z.int(), runId: z.string(), values: FoldValues })),
  /** Of the runs' own values; standard deviation with n − 1. Null if a run has none. */
  measures: z.record(
    z.enum(foldMeasureNames),
    z.object({
      mean: z.number().nullable(),
      sd: z.number().nullable(),
      least: z.number().nullable(),
      most: z.number().nullable(),
    }),
  ),
});
export type SeedSummary = z.infer<typeof SeedSummary>;

export const FoldComparison = z.object({
  set: z.string(),
  /** Number of folds in the set, and their splits in order. */
  of: z.int(),
  splitIds: z.array(z.string()),
  threshold: z.number(),
  summaries: z.array(FoldSummary),
  /** All pairs of summaries, by their indices, over the folds that both have: a − b. */
  differences: z.array(
    z.object({
      a: z.int(),
      b: z.int(),
      folds: z.int(),
      /** By the corrected resampled t-test; null if a fold has no value, or nothing varies. */
      measures: z.record(z.enum(foldMeasureNames), RepeatedDifference.nullable()),
    }),
  ),
  /** Runs with a model that are not evaluated yet. */
  unevaluated: z.array(z.string()),
});
export type FoldComparison = z.infer<typeof FoldComparison>;

/** Measures shown in a learning curve. */
export const learningMeasures = ['auc', 'accuracy', 'sensitivity', 'specificity'] as const;
export type LearningMeasure = (typeof learningMeasures)[number];

/** Runs on one split that differ only in their share of the training set, and the seed. */
export const LearningCurve = z.object({
  network: NetworkName,
  imageSize: z.int(),
  /** Of the test set, with one vote per group. */
  scans: z.int(),
  /** By share, then seed. */
  points: z.array(
    z.object({
      runId: z.string(),
      seed: z.int(),
      share: z.number(),
      /** Size of its training set. */
      images: z.int(),
      groups: z.int(),
      /** Per scan, with 95 % intervals. */
      measures: z.record(z.enum(learningMeasures), MeasureWithInterval),
    }),
  ),
});
export type LearningCurve = z.infer<typeof LearningCurve>;

/** How figures vary: over the folds of a split's set, over seeds on the split, and with the size of the training set. */
export const Spread = z.object({
  folds: FoldComparison.nullable(),
  seeds: z.array(SeedSummary),
  curves: z.array(LearningCurve),
});
export type Spread = z.infer<typeof Spread>;

/** Scans of a training set as its network would see them. Pictures are data URLs of JPEG files. */
export const InputPreview = z.array(
  z.object({
    image: ImageRecord,
    /** Cropped, padded and scaled. */
    square: z.string(),
    /** The same after several random draws of the augmentation. */
    drawn: z.array(z.string()),
  }),
);
export type InputPreview = z.infer<typeof InputPreview>;

/** The first steps in a new home, in order. */
export const firstSteps = ['language', 'device', 'weights'] as const;

/** A user's preset: changes to one of Falx's own, under a name. */
export const TrainingPreset = z.object({
  name: z.string().trim().min(1).max(60),
  /** The preset of Falx's that it is based on. */
  preset: z.string().max(40),
  /** Setting → value, as in the form; null is a number left empty. */
  changes: z.record(z.string().max(60), z.union([z.number(), z.string().max(4096), z.boolean(), z.null()])),
});
export type TrainingPreset = z.infer<typeof TrainingPreset>;

export const Preferences = z.object({
  /** The next of the first steps; `done` if they were taken or skipped. */
  firstSteps: z.enum([...firstSteps, 'done']),
  language: z.enum(['system', 'en', 'ko']),
  theme: z.enum(['system', 'light', 'dark']),
  /** What to train on. */
  device: DevicePreference,
  /** `auto`: the first of these that trains nothing, otherwise the processor; `cpu`: always the processor. */
  predictOn: z.enum(['auto', 'cpu']),
  /** "Use this model": what the predict screen uses, and its threshold. */
  model: z.object({ runId: z.string(), threshold: z.number().min(0).max(1) }).nullable(),
  /** Run → the threshold that a user chose for it, whether or not it is the model in use. */
  thresholds: z.record(z.string(), z.number().min(0).max(1)),
  /** Accepted rate of answers that name the wrong class, per class; what can't be answered that reliably is left undecided. */
  errorRate: z.number().min(errorRates.least).max(errorRates.most),
  /** Whether predicted scans are listed afterwards, with their names, answers and thumbnails. */
  keepHistory: z.boolean(),
  /** Settings that a user saved to train with again. */
  trainingPresets: z.array(TrainingPreset).max(50),
});
export type Preferences = z.infer<typeof Preferences>;

export const defaultPreferences: Preferences = {
  firstSteps: 'language',
  language: 'system',
  theme: 'system',
  device: 'auto',
  predictOn: 'auto',
  model: null,
  thresholds: {},
  errorRate: defaultErrorRate,
  keepHistory: true,
  trainingPresets: [],
};

/** A run's threshold, 0 to 1: the one chosen for it, otherwise 0.5. */
export function thresholdOf({ model, thresholds }: Pick<Preferences, 'model' | 'thresholds'>, runId: string) {
  return thresholds[runId] ?? (model?.runId === runId ? model.threshold : 0.5);
}

/**
 * The threshold with which a model is taken into use: one saved for it is a user's choice, which no other button overwrites;
 * otherwise the one currently shown.
 */
export const thresholdOnUse = (
  preferences: Pick<Preferences, 'thresholds'>,
  runId: string,
  shown: number,
): number => preferences.thresholds[runId] ?? shown;

/** Tables whose records have changed: a window requests again what it shows of them. */
export const changedTables = [
  'records',
  'datasets',
  'checks',
  'splits',
  'runs',
  'metrics',
  'predictions',
  'weights',
  'gpuSupport',
  'preferences',
] as const;

/** What the core sends every window. The first events after subscribing are the current jobs and training state. */
export const AppEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: Job }),
  z.object({ kind: z.literal('training'), training: TrainingState }),
  z.object({ kind: z.literal('epoch'), runId: z.string(), epoch: Epoch, best: z.boolean() }),
  z.object({ kind: z.literal('changed'), table: z.enum(changedTables) }),
]);
export type AppEvent = z.infer<typeof AppEvent>;

export const FolderView = z.object({
  /** Absolute. */
  folder: z.string(),
  parent: z.string().nullable(),
  /** Folders first, then files, by name; hidden ones left out. */
  entries: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      kind: z.enum(['folder', 'file']),
      bytes: z.number().nullable(),
    }),
  ),
  /** Home folder, disks. */
  places: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Whether there was more than is shown (1,000 entries). */
  cut: z.boolean(),
});
export type FolderView = z.infer<typeof FolderView>;

export const AppInfo = z.object({
  falx: z.string(),
  shell: z.enum(['desktop', 'browser']),
  /** The data folder. */
  home: z.string(),
  /** Where it was set: only a `chosen` or the `standard` one can be changed in the window. */
  homeFrom: z.enum(['option', 'environment', 'chosen', 'standard']),
  /** Data folder from the next start on; null: unchanged. */
  nextHome: z.string().nullable(),
  /** The home is read-only: it is shown, and nothing in it is changed. */
  readOnly: z.boolean(),
  platform: z.string(),
  /** A package, and its source commit if known, or a source checkout and its location. */
  installed: z.object({
    kind: z.enum(['checkout', 'package']),
    folder: z.string(),
    commit: z.string().nullable(),
    built: z.iso.datetime().nullable(),
  }),
  /** Name → version. */
  versions: z.record(z.string(), z.string()),
  licences: z.array(z.object({ name: z.string(), version: z.string(), licence: z.string() })),
});
export type AppInfo = z.infer<typeof AppInfo>;
