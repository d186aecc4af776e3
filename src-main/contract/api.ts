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
 * All that a window can ask of the core, over whichever wire its shell has. Every input is checked at the edge.
 * An error arrives with FalxError's code, its message, and its facts as data.
 */

const Id = z.string().regex(/^[a-z]+-[0-9a-z]+$/);
const Name = z.string().trim().min(1).max(200);
const Fraction = z.number().min(0).max(1);
const Seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const Path = z.string().min(1).max(4096);

/** What files are sent for: to be kept as long as something stands on them, or to be answered and no more. */
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
  /** Left out: by patient where one is known, else by twins. */
  grouping: Grouping.optional(),
});

const FoldRequest = SplitRequest.omit({ test: true, useGiven: true });

const Pattern = z.string().min(1).max(500);
const ImageIds = z.array(z.int()).min(1).max(100_000);

/** `sha256`: as the prediction has it. */
const MapRequest = z.object({ runId: Id, file: Path, sha256: z.string().max(300), method: MapMethod });

const TrainRequest = z.object({
  splitId: Id,
  networks: z.array(NetworkName).min(1),
  /** What differs from the defaults of each network. */
  settings: SettingsChange,
  /** So many runs a network, of one seed after the other. */
  repeat: z.int().min(1).max(20).optional(),
  /** For a learning curve: a run for each of these shares of the training set. */
  shares: z.array(z.number().min(0.01).max(1)).min(1).max(20).optional(),
  /** On all folds of the split's set. */
  allFolds: z.boolean().optional(),
});

/** The settings that a preview of the input depends on. */
const previewed = {
  imageSize: true,
  canvas: true,
  crop: true,
  window: true,
  augmentation: true,
  seed: true,
} as const;

export const api = {
  /** Everything that happens, for as long as the window listens. */
  events: oc.output(eventIterator(AppEvent)),

  app: {
    info: oc.output(AppInfo),
    /** Starts TensorFlow in a process of its own: takes seconds. */
    checkup: oc.output(DoctorReport),
    /** What the licence of a part of Falx says, for one of those that `info` lists. */
    licence: oc.input(z.object({ name: z.string(), version: z.string() })).output(z.string()),
    /** Why computing is on the processor though there is a GPU; null where there is none, it is used, or was declined. */
    onProcessor: oc.output(Worded.nullable()),
    /** The end of Falx's own log without paths and names, to be sent with a report. */
    log: oc.output(z.string()),
    /** What could be trained on: the driver is asked, TensorFlow is not. */
    devices: oc.output(MachineDevices),
    preferences: oc.output(Preferences),
    setPreferences: oc.input(Preferences.partial()).output(Preferences),
    /** What lies in a folder that might become the data folder. */
    lookAtHome: oc.input(z.object({ folder: Path })).output(z.enum(['empty', 'falx', 'other'])),
    /** Has the next start keep everything in another folder, empty or Falx's own; null: the standard one. */
    chooseHome: oc.input(z.object({ folder: Path.nullable() })).output(AppInfo),
    /** Room that small pictures take, which can be made anew, and the most that they may take. */
    thumbnails: oc.output(z.object({ bytes: z.number(), most: z.number() })),
    clearThumbnails: oc.output(nothing),
  },

  jobs: {
    list: oc.output(z.array(Job)),
    cancel: oc.input(z.object({ jobId: Id })).output(nothing),
  },

  files: {
    /** A folder's content for the picker; null is the user's home. */
    browse: oc.input(z.object({ folder: Path.nullable() })).output(FolderView),
    /** A place for files the window is about to send: PUT `/upload/<uploadId>/<relative path>`. */
    newUpload: oc
      .input(z.object({ purpose: UploadPurpose }).optional())
      .output(z.object({ uploadId: Id, folder: z.string() })),
  },

  datasets: {
    list: oc.output(z.array(DatasetView)),
    get: oc.input(ofDataset).output(DatasetView),
    /**
     * Starts an import of a folder or a zip archive; the job's `resultId` is the dataset's id: of one that is there
     * already when nothing has changed since.
     * @param labels a CSV that gives labels, patients or both.
     */
    import: oc
      .input(
        z.object({
          folder: Path,
          name: Name.optional(),
          positive: z.string().optional(),
          labels: Path.optional(),
          /** The two classes to take where there are more. */
          classes: z.array(ClassChoice).optional(),
        }),
      )
      .output(Job),
    /** Imports that were broken off; one of the same folder goes on with it. Newest first. */
    interrupted: oc.output(z.array(InterruptedImport)),
    /** The table of labels or patients that lies in a folder, if one does. */
    tableIn: oc.input(z.object({ folder: Path })).output(LabelTable.nullable()),
    /** Draws made-up scans and imports them; the job's `resultId` is the dataset's id. */
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
    /** Refused once the dataset has a run: its meaning would change under it. */
    setPositive: oc.input(z.object({ datasetId: Id, positive: z.string() })).output(DatasetView),
    rename: oc.input(z.object({ datasetId: Id, name: Name })).output(DatasetView),
    /** Hides it with its splits and runs; nothing is deleted. */
    remove: oc.input(ofDataset).output(nothing),
    restore: oc.input(ofDataset).output(nothing),
  },

  folderAudit: {
    /**
     * Looks at a ready-made folder or zip archive as a reviewer would, without importing it; the job's `resultId` is what
     * `result` is asked for.
     */
    start: oc
      .input(
        z.object({
          folder: Path,
          positive: z.string().optional(),
          /** The two classes to take where there are more. */
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
     * Writes copies of a folder's DICOM images without identities; the job's `resultId` is what `result` is asked for.
     * @param to the new folder, in one that is there.
     * @param moveDates moves dates by as many days for all of a patient's files, instead of removing them.
     */
    start: oc.input(z.object({ folder: Path, to: Path, moveDates: z.boolean() })).output(Job),
    /** The newest results are kept until Falx closes. */
    result: oc.input(z.object({ jobId: Id })).output(Deidentified),
  },

  check: {
    get: oc.input(ofDataset).output(CheckView),
    /** Looks for twins; the job's `resultId` is the dataset's id. */
    start: oc.input(ofDataset).output(Job),
    /** Looks how far the classes can be told apart without the brain; the job's `resultId` is the dataset's id. */
    shortcuts: oc.input(ofDataset).output(Job),
    /** Groups of twins, those that need an eye first: both labels, then across parts, then large ones. */
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
    /** Drops all but the first of every undecided group, but for those with both labels, which a person must look at. */
    dropTwins: oc.input(ofDataset).output(CheckView),
    /** Takes the newest decision back; one by one, to the first. */
    undo: oc.input(ofDataset).output(CheckView),
    redo: oc.input(ofDataset).output(CheckView),
    /** Newest first, those that a redo would bring back included. */
    decisions: oc.input(ofDataset).output(z.array(DecisionOutline)),
    /** What people noted of its scans, marked labels first. */
    remarks: oc.input(ofDataset).output(z.array(Remark)),
    /** Notes something of a scan, in place of what was noted before; nothing at all takes it away, and null is answered. */
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
    /** What a pattern (a regular expression) would make of the file names. */
    pattern: oc.input(z.object({ datasetId: Id, pattern: Pattern })).output(PatternPreview),
    /** Reads the quarantined files once more; the job's `resultId` is the dataset with those that can be read now: a new one, or the same when there is none. */
    retry: oc.input(ofDataset).output(Job),
    /**
     * Scans whose labels these runs contradict in their test parts, most suspect first; `dropped` are those of the other
     * label, by these runs, that a person left out: they are not evaluated, but can be kept again.
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
    /** What `create` would make. */
    preview: oc.input(SplitRequest).output(PartCounts),
    create: oc.input(SplitRequest).output(SplitView),
    /** One split per fold; each group is in exactly one test part. */
    folds: oc
      .input(
        FoldRequest.extend({
          /** As many as there are values, where one is left out at a time. */
          folds: z.int().min(2).max(20).optional(),
          leaveOut: AttributeChoice.optional(),
        }),
      )
      .output(z.array(SplitView)),
    /** What scans can be told apart by without a table, for folds that leave one out. */
    attributes: oc.input(ofDataset).output(z.array(z.string())),
    /** What the test set of each fold would hold that leaves one value out. */
    leftOut: oc.input(FoldRequest.extend({ leaveOut: AttributeChoice })).output(z.array(LeftOutFold)),
    /** Puts a split in the trash: it and its runs go out of sight. */
    remove: oc.input(ofSplit).output(nothing),
    restore: oc.input(ofSplit).output(nothing),
  },

  weights: {
    /** One per network. */
    list: oc.output(DoctorReport.shape.weights),
    /** Takes in a Keras weight file, or all of a pack that `falx weights pack` made. */
    add: oc.input(z.object({ file: Path })).output(DoctorReport.shape.weights),
    /** Where the public file of each network is fetched from. */
    sources: oc.output(z.array(z.object({ network: NetworkName, url: z.url(), bytes: z.number() }))),
    /** Starts a download of Keras's public file. */
    download: oc.input(z.object({ network: NetworkName })).output(Job),
    /** Packs all that are stored for machines without a network; the job's `resultId` is the file's name, which is at `saved`. */
    pack: oc.output(Job),
  },

  gpu: {
    support: oc.output(GpuSupport),
    /**
     * Starts to add GPU support from a folder, or from where it is published; a job that is cancelled leaves what it has
     * brought, and the next one goes on from there.
     */
    add: oc.input(z.object({ folder: Path.nullable() })).output(Job),
    /** Throws away what a job that was cancelled has left. */
    discard: oc.output(nothing),
    /** Reads all of it; the job's `counts` are `files` and `damaged`. */
    verify: oc.output(Job),
    /**
     * Tries all that Falx does on the GPU, for eight minutes at most; the job's `counts` are `steps` and `failed`, and the
     * report is at `saved` under its `resultId`.
     * @param device `cpu`: the same steps, small, to try the verification itself. @param only names of steps; all when left out.
     */
    trial: oc
      .input(
        z.object({ device: z.enum(['gpu', 'cpu']), only: z.array(z.string().max(100)).min(1).optional() }),
      )
      .output(Job),
    /** What a verification has seen so far. */
    trialReport: oc.input(z.object({ jobId: Id })).output(VerifyReport),
    /** Gives its room back; refused while something is trained or predicted with it. */
    remove: oc.output(z.object({ bytes: z.number() })),
  },

  training: {
    state: oc.output(TrainingState),
    /** Two steps of each network, to estimate time and memory; the job's result is in `trialResult`. */
    trial: oc.input(TrainRequest).output(Job),
    trialResult: oc.input(z.object({ jobId: Id })).output(z.array(TrialEstimate)),
    /**
     * What training makes of six scans of its part: as they are cropped, padded and scaled, and a few draws of their
     * augmentation, other ones with each `draw`. @see InputPreviews
     */
    preview: oc
      .input(
        z.object({ splitId: Id, settings: SettingsChange.pick(previewed), draw: z.int().min(0).max(1e6) }),
      )
      .output(InputPreview),
    /** Adds a run a network to the queue and sees that the queue is worked on. */
    queue: oc.input(TrainRequest).output(z.array(Run)),
    /** Goes on with the runs that wait since an earlier start of Falx. */
    start: oc.output(nothing),
    pause: oc.input(ofRun).output(nothing),
    resume: oc.input(ofRun).output(nothing),
    /** Ends after this step and keeps the best epoch; the queue goes on. */
    stop: oc.input(ofRun).output(nothing),
    /** Breaks off; it can be resumed. A run that waits leaves the queue. */
    cancel: oc.input(ofRun).output(nothing),
    /** Puts an interrupted run back in the queue. */
    requeue: oc.input(ofRun).output(Run),
    /** Gives a device that was set aside runs again. */
    tryDevice: oc.input(z.object({ device: z.string().max(100) })).output(nothing),
    /** Moves a waiting run to a place in the queue, from 0. */
    move: oc.input(z.object({ runId: Id, to: z.int().min(0) })).output(nothing),
    /** The end of the trainer's log; empty before it starts. */
    log: oc.input(z.object({ runId: Id, lines: z.int().min(1).max(5000) })).output(z.string()),
  },

  runs: {
    list: oc.input(z.object({ removed: z.boolean().default(false) })).output(z.array(RunView)),
    get: oc.input(ofRun).output(RunView),
    /** What its answers' limits and error rates came to on the test set; null before that was fitted. */
    fitted: oc.input(ofRun).output(FittedFigures.nullable()),
    epochs: oc.input(ofRuns).output(z.array(z.object({ runId: Id, epochs: z.array(Epoch) }))),
    /** Name, tags and notes; what is left out stays. */
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
     * Writes the model in a format. One that makes a folder makes it in `folder`, by the name of the run; one that makes a
     * file does so too, or where `folder` is null has it at `saved`. The job's `resultId` is the path, or the file's name.
     */
    export: oc.input(z.object({ runId: Id, format: ExportFormat, folder: Path.nullable() })).output(Job),
    /** What a file that may be imported as a run is; of a Keras model what has to be said of it. */
    lookAt: oc.input(z.object({ file: Path })).output(RunFileLook),
    /**
     * Takes in a `.falx` file, or a Keras model of one of the networks; the job's `resultId` is the run's id.
     * @param keras for a Keras model alone.
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
    /** Puts a backup in the place of the records, which are kept: its name. Refused while something is at work. */
    restore: oc
      .input(z.object({ name: z.string().regex(/^registry-[\w-]{1,80}\.sqlite$/) }))
      .output(z.object({ kept: z.string().nullable() })),
    /** What was done, newest first, below an entry's number. */
    trail: oc
      .input(z.object({ limit: z.int().min(1).max(200), before: z.int().optional() }))
      .output(z.array(AuditLine)),
    /**
     * @param file an exported trail, in place of the registry's.
     * @param head an entry that is known from elsewhere, number and hash.
     * @param against an exported model's folder, or its `audit-head.json`.
     */
    verifyTrail: oc
      .input(z.object({ file: Path.optional(), head: AuditHead.optional(), against: Path.optional() }))
      .output(AuditVerdict),
    /** Everything in the registry as JSON Lines; the job's `resultId` is the file's name, which is at `saved`.
     * @param secrets whether the salt of patients' hashes goes with it.
     */
    export: oc.input(z.object({ secrets: z.boolean() })).output(Job),
    /** The audit trail as JSON Lines, likewise. */
    exportTrail: oc.output(Job),
  },

  trash: {
    /** What was removed and can be taken back, newest first. */
    list: oc.output(z.array(TrashItem)),
    restore: oc.input(z.object({ id: Id })).output(nothing),
    /** Deletes what is in the trash for good; all of it when no ids are given. Tells how much room is free again, bytes. */
    empty: oc
      .input(z.object({ ids: z.array(Id).min(1).max(10_000).optional() }))
      .output(z.object({ ids: z.array(Id), bytes: z.int() })),
  },

  compare: {
    /**
     * Evaluates what has not been yet; when the job is done every run has its metrics and evaluated images.
     * @property again also what has been, as an older Falx fitted nothing that says how sure its answers are.
     */
    evaluate: oc.input(ofRuns.extend({ again: z.boolean().optional() })).output(Job),
    /** The test part as each run evaluates it. Only for evaluated runs. */
    evaluated: oc.input(ofRuns).output(z.array(z.object({ runId: Id, images: z.array(EvaluatedImage) }))),
    /** Whether runs of several splits may be compared: those tested on the same scans. */
    tests: oc.input(ofRuns).output(SharedTests),
    /** Per scan and per image, with intervals and paired tests. Only for evaluated runs on one test set; takes seconds. */
    evidence: oc.input(ofRuns).output(Evidence),
    /**
     * Has runs answer another dataset, and finds the scans that they met before; the job's `resultId` is the dataset's id, by which
     * `validation` is asked.
     */
    validate: oc.input(ofRuns.extend({ datasetId: Id })).output(Job),
    /** Ids of the datasets that all of these runs were validated on. */
    validated: oc.input(ofRuns).output(z.array(Id)),
    /** Thresholds chosen on the validation set, and what they come to on the test set. Only for evaluated runs; takes a second a run. */
    thresholds: oc.input(ofRuns.extend({ rule: ThresholdRule })).output(z.array(ChosenThreshold)),
    /** Calibration on the test set, before and after. Only for evaluated runs; takes a second a run. */
    calibration: oc.input(ofRuns).output(z.array(CalibrationView)),
    /** Has runs answer their test set altered; `robustness` gives what came of it. */
    alter: oc.input(ofRuns).output(Job),
    /** Of those of the runs that were put through it; takes seconds a run. */
    robustness: oc.input(ofRuns).output(z.array(Robustness)),
    /** How the figures of a split's runs vary: over the folds of its set, and over seeds. */
    spread: oc.input(ofSplit).output(Spread),
    /** What the test images of a split can be told apart by, without a table. */
    attributes: oc.input(ofSplit).output(z.array(z.string())),
    /** What runs on one test set are worth on its parts; takes seconds. */
    subgroups: oc.input(ofRuns.extend(AttributeChoice.shape)).output(Subgroups),
    /** What each of the runs is worth there; takes a second or two a run. */
    validation: oc.input(ofRuns.extend({ datasetId: Id })).output(z.array(Validation)),
    /**
     * Writes what evaluated runs on one test set, or on folds of one set, are worth, as a paper wants it: a page, a PDF, or everything
     * with tables and figures; the job's `resultId` is the file's name, which is at `saved`.
     * @property rule chooses each run's threshold on its validation set; left out, it is 0.5.
     * @property by what the test set is told apart by, besides its folders, format and scanners.
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
    /** What in a folder is called as if it held scans, and how many files are not. */
    scansIn: oc
      .input(z.object({ folder: Path }))
      .output(z.object({ files: z.array(z.string()), others: z.int() })),
    /**
     * Writes what runs answer on one file as a PDF or as a DICOM structured report; the job's `resultId` is the file's name, which is
     * at `saved`. @property names whether it says whose scan it is, or how its file is called.
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
    /** Their answers are looked at no more: where no history is kept, what was sent of them is deleted. */
    leave: oc.input(z.object({ files: z.array(Path).max(10_000) })).output(nothing),
    /** Deletes the answers on a scan for good, by its content or where it was unreadable its path; all there are when none is named. */
    deleteHistory: oc
      .input(z.object({ scan: z.object({ sha256: z.string().max(300).nullable(), file: Path }).nullable() }))
      .output(nothing),
  },

  /** Where a network looked on a scan that it predicted. */
  maps: {
    /** `not-found` for what takes long and was not prepared. */
    of: oc.input(MapRequest.extend({ target: MapTarget })).output(MapView),
    /** Makes what takes long: occlusion of the scan, and the test of the method for the run. */
    prepare: oc.input(MapRequest).output(Job),
  },
} as const;

/** Paths that a window's pictures come from, below its own origin. `side` is the longest side in pixels, 16 to 1024. */
export const pictures = {
  /** An image of a dataset. */
  image: (imageId: number, side: number) => `/picture/image/${imageId}?side=${side}`,
  /** A scan that was predicted, by the SHA-256 of its file. */
  scan: (sha256: string, side: number) => `/picture/scan/${sha256}?side=${side}`,
  /** A file that a job has made to be saved. */
  saved: (jobId: string, name: string) => `/download/${jobId}/${encodeURIComponent(name)}`,
  /** Where a file is sent to: PUT. */
  upload: (uploadId: string, relativePath: string) =>
    `/upload/${uploadId}/${relativePath.split('/').map(encodeURIComponent).join('/')}`,
};
