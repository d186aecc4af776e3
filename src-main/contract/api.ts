import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { FittedFigures } from './answers.ts';
import {
  CheckView,
  DecisionOutline,
  decisionKinds,
  GroupFilter,
  GroupView,
  LabelSuspect,
  Remark,
  PatternPreview,
} from './check.ts';
import { Deidentified } from './deidentify.ts';
import { DoctorReport } from './doctor-report.ts';
import { MachineDevices } from './devices.ts';
import { Evidence } from './evidence.ts';
import { ExportFormat } from './export-formats.ts';
import { Worded } from './failures.ts';
import { FolderAudit } from './folder-audit.ts';
import { VerifyReport } from './gpu-report.ts';
import { GpuSupport } from './gpu.ts';
import { Grouping } from './grouping.ts';
import { Job } from './jobs.ts';
import { ClassChoice } from './labels.ts';
import { KerasChoices, RunFileLook } from './keras-import.ts';
import { languages } from './messages/languages.ts';
import { MapMethod, MapTarget, MapView } from './maps.ts';
import { NetworkName } from './networks.ts';
import { Epoch, ImageRecord, Prediction, Quarantined, Run } from './records.ts';
import { SettingsChange } from './settings.ts';
import {
  AttributeChoice,
  CalibrationView,
  ChosenThreshold,
  LeftOutFold,
  Robustness,
  Subgroups,
  ThresholdRule,
  Validation,
} from './studies.ts';
import { AuditHead, AuditLine, AuditVerdict } from './audit.ts';
import { RecordsState } from './records-state.ts';
import { TrashItem } from './trash.ts';
import {
  AppEvent,
  AppInfo,
  DatasetView,
  FolderView,
  InterruptedImport,
  EvaluatedImage,
  LabelTable,
  PartCounts,
  Preferences,
  RunView,
  SharedTests,
  Spread,
  SplitView,
  TrainingState,
  InputPreview,
  TrialEstimate,
} from './views.ts';

/**
 * Everything that a window can ask of the core, over any transport. Every input is validated on arrival. An error arrives with
 * FalxError's code, its message, and its facts as data.
 */

const Id = z.string().regex(/^[a-z]+-[0-9a-z]+$/);
const Name = z.string().trim().min(1).max(200);
const Fraction = z.number().min(0).max(1);
const Seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const Path = z.string().min(1).max(4096);

/** Why files are uploaded: `keep`, as long as something uses them, or `answer`, only to be predicted. */
export const UploadPurpose = z.enum(['keep', 'answer']);
export type UploadPurpose = z.infer<typeof UploadPurpose>;
const ofRun = z.object({ runId: Id });
const ofRuns = z.object({ runIds: z.array(Id).min(1).max(50) });
const ofDataset = z.object({ datasetId: Id });
const ofSplit = z.object({ splitId: Id });
const nothing = z.void();

const SplitRequest = z.object({
  datasetId: Id,
  test: Fraction,
  validation: Fraction,
  seed: Seed,
  useGiven: z.boolean(),
  /** Left out: by patient where known, otherwise by twins. */
  grouping: Grouping.optional(),
});

const FoldRequest = SplitRequest.omit({ test: true, useGiven: true });

const Pattern = z.string().min(1).max(500);
const ImageIds = z.array(z.int()).min(1).max(100_000);

/** `sha256`: that of the prediction. */
const MapRequest = z.object({ runId: Id, file: Path, sha256: z.string().max(300), method: MapMethod });

const TrainRequest = z.object({
  splitId: Id,
  networks: z.array(NetworkName).min(1),
  /** Differences from each network's defaults. */
  settings: SettingsChange,
  /** Number of runs per network, with consecutive seeds. */
  repeat: z.int().min(1).max(20).optional(),
  /** For a learning curve: one run for each of these shares of the training set. */
  shares: z.array(z.number().min(0.01).max(1)).min(1).max(20).optional(),
  /** On all folds of the split's set. */
  allFolds: z.boolean().optional(),
});

/** The settings that an input preview depends on. */
const previewed = {
  imageSize: true,
  canvas: true,
  crop: true,
  window: true,
  augmentation: true,
  seed: true,
} as const;

export const api = {
  /** All events, for as long as the window listens. */
  events: oc.output(eventIterator(AppEvent)),

  app: {
    info: oc.output(AppInfo),
    /** Starts TensorFlow in a process of its own: takes seconds. */
    checkup: oc.output(DoctorReport),
    /** The licence text of one of the components that `info` lists. */
    licence: oc.input(z.object({ name: z.string(), version: z.string() })).output(z.string()),
    /** Why the processor is used although there is a GPU; null if there is none, it is used, or was declined. */
    onProcessor: oc.output(Worded.nullable()),
    /** The end of Falx's own log without paths and names, to be sent with a report. */
    log: oc.output(z.string()),
    /** Devices that could be used for training, from the driver, without starting TensorFlow. */
    devices: oc.output(MachineDevices),
    preferences: oc.output(Preferences),
    setPreferences: oc.input(Preferences.partial()).output(Preferences),
    /** What a folder that might become the data folder contains. */
    lookAtHome: oc.input(z.object({ folder: Path })).output(z.enum(['empty', 'falx', 'other'])),
    /** Makes the next start use another data folder, empty or Falx's own; null: the default one. */
    chooseHome: oc.input(z.object({ folder: Path.nullable() })).output(AppInfo),
    /** Disk space of thumbnails, which can be made again, and its limit. */
    thumbnails: oc.output(z.object({ bytes: z.number(), most: z.number() })),
    clearThumbnails: oc.output(nothing),
  },

  jobs: {
    list: oc.output(z.array(Job)),
    cancel: oc.input(z.object({ jobId: Id })).output(nothing),
  },

  files: {
    /** A folder's content for the picker; null: the user's home folder. */
    browse: oc.input(z.object({ folder: Path.nullable() })).output(FolderView),
    /** An upload location: PUT each file to `/upload/<uploadId>/<relative path>`. */
    newUpload: oc
      .input(z.object({ purpose: UploadPurpose }).optional())
      .output(z.object({ uploadId: Id, folder: z.string() })),
  },

  datasets: {
    list: oc.output(z.array(DatasetView)),
    get: oc.input(ofDataset).output(DatasetView),
    /**
     * Starts an import of a folder or a zip archive; the job's `resultId` is the dataset's id, that of an existing dataset if
     * nothing has changed since.
     * @param labels a CSV with labels, patients or both.
     */
    import: oc
      .input(
        z.object({
          folder: Path,
          name: Name.optional(),
          positive: z.string().optional(),
          labels: Path.optional(),
          /** The two classes to use if there are more. */
          classes: z.array(ClassChoice).optional(),
        }),
      )
      .output(Job),
    /** Interrupted imports, newest first; importing the same folder continues one. */
    interrupted: oc.output(z.array(InterruptedImport)),
    /** The table of labels or patients in a folder, if there is one. */
    tableIn: oc.input(z.object({ folder: Path })).output(LabelTable.nullable()),
    /** Creates synthetic scans and imports them; the job's `resultId` is the dataset's id. */
    demo: oc.output(Job),
    images: oc
      .input(
        z.object({
          datasetId: Id,
          className: z.string().nullable(),
          offset: z.int().min(0),
          limit: z.int().min(1).max(2000),
        }),
      )
      .output(z.object({ total: z.int(), images: z.array(ImageRecord) })),
    quarantined: oc.input(ofDataset).output(z.array(Quarantined)),
    /** Refused once the dataset has a run, whose results would change their meaning. */
    setPositive: oc.input(z.object({ datasetId: Id, positive: z.string() })).output(DatasetView),
    rename: oc.input(z.object({ datasetId: Id, name: Name })).output(DatasetView),
    /** Hides it with its splits and runs; nothing is deleted. */
    remove: oc.input(ofDataset).output(nothing),
    restore: oc.input(ofDataset).output(nothing),
  },

  folderAudit: {
    /**
     * Audits a ready-made folder or zip archive as a reviewer would, without importing it; the job's `resultId` is the id for
     * `result`.
     */
    start: oc
      .input(
        z.object({
          folder: Path,
          positive: z.string().optional(),
          /** The two classes to use if there are more. */
          classes: z.array(ClassChoice).optional(),
          /** Of the report. */
          language: z.enum(languages).optional(),
        }),
      )
      .output(Job),
    /** Its files are at `saved`. The newest audits are kept until Falx closes. */
    result: oc.input(z.object({ jobId: Id })).output(FolderAudit),
  },

  deidentify: {
    /**
     * Writes copies of a folder's DICOM images without identities; the job's `resultId` is the id for `result`.
     * @param to the new folder, in an existing one.
     * @param moveDates shifts dates by the same number of days in all of a patient's files, instead of removing them.
     */
    start: oc.input(z.object({ folder: Path, to: Path, moveDates: z.boolean() })).output(Job),
    /** The newest results are kept until Falx closes. */
    result: oc.input(z.object({ jobId: Id })).output(Deidentified),
  },

  check: {
    get: oc.input(ofDataset).output(CheckView),
    /** Searches for twins; the job's `resultId` is the dataset's id. */
    start: oc.input(ofDataset).output(Job),
    /** Measures how well the classes can be told apart without the brain; the job's `resultId` is the dataset's id. */
    shortcuts: oc.input(ofDataset).output(Job),
    /** Groups of twins, those that need review first: both labels, then across sets, then large ones. */
    groups: oc
      .input(
        z.object({
          datasetId: Id,
          filter: GroupFilter,
          offset: z.int().min(0),
          limit: z.int().min(1).max(500),
        }),
      )
      .output(z.object({ total: z.int(), groups: z.array(GroupView) })),
    decide: oc
      .input(z.object({ datasetId: Id, kind: z.enum(decisionKinds), imageIds: ImageIds }))
      .output(CheckView),
    /** Drops all but the first image of every undecided group, except groups with both labels, which need review. */
    dropTwins: oc.input(ofDataset).output(CheckView),
    /** Undoes the newest decision; can be repeated down to the first. */
    undo: oc.input(ofDataset).output(CheckView),
    redo: oc.input(ofDataset).output(CheckView),
    /** Newest first, including those that can be redone. */
    decisions: oc.input(ofDataset).output(z.array(DecisionOutline)),
    /** Users' notes on scans, marked labels first. */
    remarks: oc.input(ofDataset).output(z.array(Remark)),
    /** Saves a note on a scan, replacing an earlier one; an empty one deletes it and returns null. */
    remark: oc
      .input(
        z.object({
          datasetId: Id,
          imageId: z.int(),
          note: z.string().trim().max(2000),
          wrongLabel: z.boolean(),
        }),
      )
      .output(Remark.nullable()),
    /** How a pattern (a regular expression) would group the file names. */
    pattern: oc.input(z.object({ datasetId: Id, pattern: Pattern })).output(PatternPreview),
    /**
     * Reads the quarantined files again; the job's `resultId` is the dataset with those that can be read now: a new one, or the
     * same if there is none.
     */
    retry: oc.input(ofDataset).output(Job),
    /**
     * Scans whose labels these runs contradict in their test sets, most suspect first; `dropped` are scans that a user left out and
     * to which these runs give the other label: they are not evaluated, but can be kept again.
     */
    labels: oc
      .input(ofRuns.extend({ limit: z.int().min(1).max(1000) }))
      .output(
        z.object({ evaluated: z.int(), suspects: z.array(LabelSuspect), dropped: z.array(LabelSuspect) }),
      ),
  },

  splits: {
    list: oc.input(ofDataset).output(z.array(SplitView)),
    get: oc.input(ofSplit).output(SplitView),
    /** The image counts that `create` would give. */
    preview: oc.input(SplitRequest).output(PartCounts),
    create: oc.input(SplitRequest).output(SplitView),
    /** One split per fold; each group is in exactly one test set. */
    folds: oc
      .input(
        FoldRequest.extend({
          /** With one value left out per fold: the number of values. */
          folds: z.int().min(2).max(20).optional(),
          leaveOut: AttributeChoice.optional(),
        }),
      )
      .output(z.array(SplitView)),
    /** Attributes without a table by which scans can be divided into folds that leave one value out. */
    attributes: oc.input(ofDataset).output(z.array(z.string())),
    /** The test set of each fold that leaves one value out. */
    leftOut: oc.input(FoldRequest.extend({ leaveOut: AttributeChoice })).output(z.array(LeftOutFold)),
    /** Moves a split to the trash, hiding it and its runs. */
    remove: oc.input(ofSplit).output(nothing),
    restore: oc.input(ofSplit).output(nothing),
  },

  weights: {
    /** One per network. */
    list: oc.output(DoctorReport.shape.weights),
    /** Imports a Keras weight file, or all of a pack made by `falx weights pack`. */
    add: oc.input(z.object({ file: Path })).output(DoctorReport.shape.weights),
    /** The download address of each network's public file. */
    sources: oc.output(z.array(z.object({ network: NetworkName, url: z.url(), bytes: z.number() }))),
    /** Starts a download of Keras's public file. */
    download: oc.input(z.object({ network: NetworkName })).output(Job),
    /** Packs all stored weights for machines without a network; the job's `resultId` is the file's name, which is at `saved`. */
    pack: oc.output(Job),
  },

  gpu: {
    support: oc.output(GpuSupport),
    /**
     * Installs GPU support from a folder, or from where it is published; a cancelled job leaves what it has downloaded, and the
     * next one continues from there.
     */
    add: oc.input(z.object({ folder: Path.nullable() })).output(Job),
    /** Deletes what a cancelled job has left. */
    discard: oc.output(nothing),
    /** Verifies all files; the job's `counts` are `files` and `damaged`. */
    verify: oc.output(Job),
    /**
     * Tries everything that Falx does on the GPU, for eight minutes at most; the job's `counts` are `steps` and `failed`, and the
     * report is at `saved` under its `resultId`.
     * @param device `cpu`: the same steps, smaller, to test the verification itself. @param only names of steps; all when left out.
     */
    trial: oc
      .input(
        z.object({ device: z.enum(['gpu', 'cpu']), only: z.array(z.string().max(100)).min(1).optional() }),
      )
      .output(Job),
    /** The results of a verification so far. */
    trialReport: oc.input(z.object({ jobId: Id })).output(VerifyReport),
    /** Uninstalls it to free disk space; refused while it is used for training or prediction. */
    remove: oc.output(z.object({ bytes: z.number() })),
  },

  training: {
    state: oc.output(TrainingState),
    /** Two steps of each network, to estimate time and memory; the job's result is in `trialResult`. */
    trial: oc.input(TrainRequest).output(Job),
    trialResult: oc.input(z.object({ jobId: Id })).output(z.array(TrialEstimate)),
    /**
     * Six scans of the training set as the network sees them: cropped, padded and scaled, and with a few random augmentations,
     * different ones for each `draw`. @see InputPreviews
     */
    preview: oc
      .input(
        z.object({ splitId: Id, settings: SettingsChange.pick(previewed), draw: z.int().min(0).max(1e6) }),
      )
      .output(InputPreview),
    /** Adds one run per network to the queue and starts the queue. */
    queue: oc.input(TrainRequest).output(z.array(Run)),
    /** Starts the runs that have been waiting since an earlier session of Falx. */
    start: oc.output(nothing),
    pause: oc.input(ofRun).output(nothing),
    resume: oc.input(ofRun).output(nothing),
    /** Ends after this step and keeps the best epoch; the queue continues. */
    stop: oc.input(ofRun).output(nothing),
    /** Interrupts a run, which can be resumed. A waiting run is removed from the queue. */
    cancel: oc.input(ofRun).output(nothing),
    /** Puts an interrupted run back in the queue. */
    requeue: oc.input(ofRun).output(Run),
    /** Lets a device that was set aside have runs again. */
    tryDevice: oc.input(z.object({ device: z.string().max(100) })).output(nothing),
    /** Moves a waiting run to a position in the queue, from 0. */
    move: oc.input(z.object({ runId: Id, to: z.int().min(0) })).output(nothing),
    /** The end of the trainer's log; empty before it starts. */
    log: oc.input(z.object({ runId: Id, lines: z.int().min(1).max(5000) })).output(z.string()),
  },

  runs: {
    list: oc.input(z.object({ removed: z.boolean().default(false) })).output(z.array(RunView)),
    get: oc.input(ofRun).output(RunView),
    /** How its limits and error rates perform on the test set; null before they were fitted. */
    fitted: oc.input(ofRun).output(FittedFigures.nullable()),
    epochs: oc.input(ofRuns).output(z.array(z.object({ runId: Id, epochs: z.array(Epoch) }))),
    /** Name, tags and notes; fields left out are unchanged. */
    describe: oc
      .input(
        z.object({
          runId: Id,
          name: z.string().trim().max(200).nullable().optional(),
          tags: z.array(z.string().trim().min(1).max(50)).max(20).optional(),
          notes: z.string().max(20_000).optional(),
        }),
      )
      .output(RunView),
    /**
     * Exports the model in a format. A format that makes a folder makes it in `folder`, named after the run; one that makes a file
     * does so too, or with `folder` null offers it at `saved`. The job's `resultId` is the path, or the file's name.
     */
    export: oc.input(z.object({ runId: Id, format: ExportFormat, folder: Path.nullable() })).output(Job),
    /** What kind of file it is; for a Keras model, what the user must state about it. */
    lookAt: oc.input(z.object({ file: Path })).output(RunFileLook),
    /**
     * Imports a `.falx` file, or a Keras model of one of the networks; the job's `resultId` is the run's id.
     * @param keras for a Keras model only.
     */
    import: oc.input(z.object({ file: Path, keras: KerasChoices.optional() })).output(Job),
    /** Hides runs; nothing is deleted until `purge`. */
    remove: oc.input(ofRuns).output(nothing),
    restore: oc.input(ofRuns).output(nothing),
    /** Deletes removed runs and their models for good. */
    purge: oc.input(ofRuns).output(nothing),
  },

  records: {
    state: oc.output(RecordsState),
    backUp: oc.output(nothing),
    /**
     * Restores a backup of the records; the current ones are kept: returns the name of that backup. Refused while something is
     * running.
     */
    restore: oc
      .input(z.object({ name: z.string().regex(/^registry-[\w-]{1,80}\.sqlite$/) }))
      .output(z.object({ kept: z.string().nullable() })),
    /** The audit trail, newest first, below an entry's number. */
    trail: oc
      .input(z.object({ limit: z.int().min(1).max(200), before: z.int().optional() }))
      .output(z.array(AuditLine)),
    /**
     * @param file an exported trail, instead of the registry's.
     * @param head an entry known from elsewhere, number and hash.
     * @param against an exported model's folder, or its `audit-head.json`.
     */
    verifyTrail: oc
      .input(z.object({ file: Path.optional(), head: AuditHead.optional(), against: Path.optional() }))
      .output(AuditVerdict),
    /**
     * Everything in the registry as JSON Lines; the job's `resultId` is the file's name, which is at `saved`.
     * @param secrets whether to include the salt of patients' hashes.
     */
    export: oc.input(z.object({ secrets: z.boolean() })).output(Job),
    /** The audit trail as JSON Lines, likewise. */
    exportTrail: oc.output(Job),
  },

  trash: {
    /** What was removed and can be restored, newest first. */
    list: oc.output(z.array(TrashItem)),
    restore: oc.input(z.object({ id: Id })).output(nothing),
    /** Deletes items in the trash for good; all if no ids are given. Returns the space freed, bytes. */
    empty: oc
      .input(z.object({ ids: z.array(Id).min(1).max(10_000).optional() }))
      .output(z.object({ ids: z.array(Id), bytes: z.int() })),
  },

  compare: {
    /**
     * Evaluates runs that have not been evaluated; when the job is done every run has its metrics and evaluated images.
     * @property again re-evaluates others too, since earlier versions of Falx fitted nothing on the reliability of answers.
     */
    evaluate: oc.input(ofRuns.extend({ again: z.boolean().optional() })).output(Job),
    /** The test set as each run evaluates it. Only for evaluated runs. */
    evaluated: oc.input(ofRuns).output(z.array(z.object({ runId: Id, images: z.array(EvaluatedImage) }))),
    /** Whether runs of several splits may be compared: those tested on the same scans. */
    tests: oc.input(ofRuns).output(SharedTests),
    /** Per scan and per image, with intervals and paired tests. Only for evaluated runs on one test set; takes seconds. */
    evidence: oc.input(ofRuns).output(Evidence),
    /**
     * Has runs predict another dataset, and finds the scans that they have seen before; the job's `resultId` is the dataset's id,
     * for `validation`.
     */
    validate: oc.input(ofRuns.extend({ datasetId: Id })).output(Job),
    /** Ids of the datasets that all of these runs were validated on. */
    validated: oc.input(ofRuns).output(z.array(Id)),
    /**
     * Thresholds chosen on the validation set, and their results on the test set. Only for evaluated runs; takes a second per run.
     */
    thresholds: oc.input(ofRuns.extend({ rule: ThresholdRule })).output(z.array(ChosenThreshold)),
    /** Calibration on the test set, before and after. Only for evaluated runs; takes a second per run. */
    calibration: oc.input(ofRuns).output(z.array(CalibrationView)),
    /** Has runs predict their test set altered; `robustness` returns the results. */
    alter: oc.input(ofRuns).output(Job),
    /** Of those of the runs that have a robustness study; takes seconds per run. */
    robustness: oc.input(ofRuns).output(z.array(Robustness)),
    /** How the figures of a split's runs vary: over the folds of its set, and over seeds. */
    spread: oc.input(ofSplit).output(Spread),
    /** Attributes by which the test images of a split can be divided into subgroups, without a table. */
    attributes: oc.input(ofSplit).output(z.array(z.string())),
    /** The performance of runs on subgroups of one test set; takes seconds. */
    subgroups: oc.input(ofRuns.extend(AttributeChoice.shape)).output(Subgroups),
    /** Each run's performance on an external dataset; takes a second or two per run. */
    validation: oc.input(ofRuns.extend({ datasetId: Id })).output(z.array(Validation)),
    /**
     * Writes a report on evaluated runs on one test set, or on folds of one set: a page, a PDF, or everything with tables and
     * figures; the job's `resultId` is the file's name, which is at `saved`.
     * @property rule chooses each run's threshold on its validation set; left out, it is 0.5.
     * @property by attributes for subgroups, besides folders, format and scanners.
     */
    report: oc
      .input(
        ofRuns.extend({
          form: z.enum(['html', 'pdf', 'zip']),
          language: z.enum(languages),
          rule: ThresholdRule.optional(),
          by: z.array(AttributeChoice).max(20).optional(),
        }),
      )
      .output(Job),
  },

  predict: {
    /** Every run's answer on every file, run after run. The networks stay loaded for the next scan. */
    scans: oc
      .input(z.object({ runIds: z.array(Id).min(1).max(10), files: z.array(Path).min(1).max(200) }))
      .output(z.array(Prediction)),
    /** Files in a folder, or in a zip archive, with the extension of a scan or none, and the number of other files. */
    scansIn: oc
      .input(z.object({ folder: Path }))
      .output(z.object({ files: z.array(z.string()), others: z.int() })),
    /**
     * Writes the runs' answers on one file as a PDF or as a DICOM structured report; the job's `resultId` is the file's name, which
     * is at `saved`. @property names whether it identifies the patient, or names the file.
     */
    report: oc
      .input(
        z.object({
          runIds: z.array(Id).min(1).max(10),
          file: Path,
          form: z.enum(['pdf', 'sr']),
          names: z.boolean(),
          language: z.enum(languages),
        }),
      )
      .output(Job),
    /** Newest first. */
    history: oc.input(z.object({ limit: z.int().min(1).max(1000) })).output(z.array(Prediction)),
    /** Their answers are no longer shown: if no history is kept, their uploads are deleted. */
    leave: oc.input(z.object({ files: z.array(Path).max(10_000) })).output(nothing),
    /** Deletes the answers on a scan for good, by its content or, if it was unreadable, its path; all answers if none is named. */
    deleteHistory: oc
      .input(z.object({ scan: z.object({ sha256: z.string().max(300).nullable(), file: Path }).nullable() }))
      .output(nothing),
  },

  /** Where a network looked on a scan that it predicted. */
  maps: {
    /** `not-found` for slow maps that were not prepared. */
    of: oc.input(MapRequest.extend({ target: MapTarget })).output(MapView),
    /** Makes what takes long: occlusion of the scan, and the method's test for the run. */
    prepare: oc.input(MapRequest).output(Job),
  },
} as const;

/** Paths of a window's pictures, below its own origin. `side` is the longest side in pixels, 16 to 1024. */
export const pictures = {
  /** An image of a dataset. */
  image: (imageId: number, side: number) => `/picture/image/${imageId}?side=${side}`,
  /** A scan that was predicted, by the SHA-256 of its file. */
  scan: (sha256: string, side: number) => `/picture/scan/${sha256}?side=${side}`,
  /** A file that a job has written for download. */
  saved: (jobId: string, name: string) => `/download/${jobId}/${encodeURIComponent(name)}`,
  /** Where a file is uploaded to: PUT. */
  upload: (uploadId: string, relativePath: string) =>
    `/upload/${uploadId}/${relativePath.split('/').map(encodeURIComponent).join('/')}`,
};
