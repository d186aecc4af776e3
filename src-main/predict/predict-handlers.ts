import { setImmediate } from 'node:timers/promises';
import path from 'node:path';
import { FalxError, wordableFacts, worded } from '../contract/errors.ts';
import { defaultErrorRate, notice, type Notice } from '../contract/answers.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { Prediction, Run, SeriesSlice } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { inOrder } from '../images/in-order.ts';
import { scansInSubprocess } from '../images/subprocess.ts';
import type { SliceChoice } from '../images/multi-picture-file.ts';
import type { Placed } from '../images/pixels.ts';
import type { Plane, ScanOptions } from '../images/scan.ts';
import type { Registry } from '../registry/registry.ts';
import { modelHash } from '../train/manifest.ts';
import { Predictor, requireModel, THRESHOLD, warmUp } from '../inference/predictor.ts';
import { fittedOf, type FittedRun } from '../evaluate/fitted.ts';
import { appearanceOf, type Appearance } from '../evaluate/appearance.ts';
import { answerOf, nearThreshold, noticesShown } from './answer.ts';
import { mapsOfOne, type MappedScan } from './scan-maps.ts';
import { knownTwin } from './known-twin.ts';
import { headerNotices, lookAtHeader, type HeaderLook } from './header-look.ts';

/** Scans predicted at once: enough to use the machine, few enough to hold in memory. */
const BATCH = 16;

export type PredictOptions = {
  registry: Registry;
  home: string;
  /** Each with its threshold: the probability from which a scan is called positive; 0.5 when left out. */
  runs: readonly { id: string; threshold?: number }[];
  /** Absolute paths; all pictures of a volume or multi-frame file are predicted, or one given as `file#frame`. */
  files: readonly string[];
  /** Accepted rate of answers that name the wrong class, per class. */
  errorRate?: number;
  /** Called after each batch with its predictions, run after run. */
  onPredictions?: (predictions: Prediction[]) => void;
  /** Called with each scan as the first run's network saw it, and its maps, which come from the same pass. */
  onSeen?: ((seen: MappedScan) => void) | undefined;
  /** How volumes are sliced: as those of the run's dataset when left out; all slices within the brain. */
  plane?: Plane | undefined;
  slices?: number | undefined;
};

type Scan = {
  file: string;
  sha256: string | null;
  pixels: Uint8Array | null;
  /** Null if it could not be read. */
  placed: Placed | null;
  grey: Uint8Array | null;
  header: HeaderLook;
  slice?: SeriesSlice | undefined;
  error: string | null;
  facts?: Record<string, unknown>;
};

/** Most networks loaded at once. */
const LOADED = 3;

/**
 * Predicts each picture of each file, in the order given, one run after the other. Each file is preprocessed as in the network's
 * training, and is read once for all runs with the same preprocessing. A file that can't be read gets a record with its error; the
 * others are predicted. All records are stored, except in a read-only home.
 * @throws FalxError `bad-run` if a run has no model, before anything is read.
 */
export async function predictFiles({ runs, onSeen, ...options }: PredictOptions): Promise<Prediction[]> {
  const { registry, plane } = options;
  const asked = runs.map(({ id, threshold = THRESHOLD }) => ({ run: registry.runs.get(id), threshold }));
  for (const { run } of asked) requireModel(run);
  const answered = new Map(asked.map(({ run }) => [run.id, [] as Prediction[]]));
  for (const alike of Map.groupBy(asked, ({ run }) => readingOf(registry, run, plane)).values())
    for (let from = 0; from < alike.length; from += LOADED) {
      const together = alike.slice(from, from + LOADED);
      const seen = together[0] === asked[0] ? onSeen : undefined;
      for await (const predictions of predictTogether(together, options, seen))
        for (const prediction of predictions) answered.get(prediction.runId)!.push(prediction);
    }
  return [...answered.values()].flat();
}

/** Equal for two runs that can share the pictures read from a file. */
function readingOf(registry: Registry, run: Run, plane = planeOf(registry, run)): string {
  const { version, imageSize, canvas, crop, window } = run.settings.pixels;
  return JSON.stringify([version, imageSize, canvas, crop, window, plane]);
}

/** Batches in flight: a network gets the next one as soon as it is done with the last. */
const BEGUN = 2;

/** The answers of runs that share reading, batch by batch; networks are loaded meanwhile. */
async function* predictTogether(
  asked: readonly { run: Run; threshold: number }[],
  {
    registry,
    home,
    files,
    errorRate = defaultErrorRate,
    plane,
    slices,
    onPredictions,
  }: Omit<PredictOptions, 'runs' | 'onSeen'>,
  onSeen?: (seen: MappedScan) => void,
): AsyncGenerator<Prediction[]> {
  const { run: first } = asked[0]!;
  const opening = asked.map(({ run }) => Predictor.open(run, home));
  for (const one of opening) one.catch(() => undefined); // awaited below
  // Meanwhile the first files are read.
  const cut = { plane: plane ?? planeOf(registry, first), slices };
  const grey = asked.some(({ run }) => fittedOf(run) !== null);
  const reading = readScans(registry, files, first.settings.pixels, cut, grey);
  const head = reading.next();
  head.catch(() => undefined); // awaited below
  try {
    const how = asked.map(({ run, threshold }) => queryOf(registry, run, threshold, errorRate));
    const networks = await Promise.all(opening);
    // TensorFlow prepares a network in its first prediction, so that reported times are those of the scans alone.
    const prepared = networks.map(warmUp);
    for (const one of prepared) one.catch(() => undefined); // awaited below
    const answerBatch = async (scans: Scan[]): Promise<Prediction[]> => {
      const batch = batchOf(scans);
      const answers = await Promise.all(
        networks.map(async (network, i) => {
          await prepared[i];
          return predictBatch(batch, network, how[i]!, i === 0 ? onSeen : undefined);
        }),
      );
      return answers.flat();
    };
    for await (const predictions of inOrder(batchesOf(withFirst(head, reading)), BEGUN, answerBatch)) {
      store(registry, predictions);
      onPredictions?.(predictions);
      yield predictions;
    }
  } finally {
    await Promise.all(
      opening.map((one) =>
        one.then(
          (network) => network.close(),
          () => undefined, // thrown above
        ),
      ),
    );
    await reading.return(undefined);
  }
}

/** All items of a generator whose first one has been requested already. */
async function* withFirst<T>(first: Promise<IteratorResult<T>>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let one = await first; !one.done; one = await rest.next()) yield one.value;
}

export type ScansOptions = {
  registry: Registry;
  /** Each with its threshold: the probability from which a scan is called positive. */
  runs: readonly { run: Run; threshold: number }[];
  errorRate?: number;
  /** Absolute paths; all of them are held in memory as pixels. */
  files: readonly string[];
  /** Lends a run's network, ready to predict, for the duration of `work`. */
  use: <T>(run: Run, work: (predictor: Predictor) => Promise<T>) => Promise<T>;
  /** Called with each scan as a run's network saw it, and its maps, which come from the same pass. */
  onSeen?: ((run: Run, seen: MappedScan) => void) | undefined;
  /** A temporary folder of the files: it is stripped from everything returned or stored. */
  within?: string | undefined;
  /** Whether answers are stored; true by default. */
  kept?: boolean;
};

/**
 * Several runs' answers on the same files, run after run. Runs with the same preprocessing share what is read, so that each file is
 * read once for them. All records are stored, unless `kept` is false.
 * @throws FalxError `bad-run` if one of the runs has no model, before anything is read.
 */
export async function predictScans({
  registry,
  runs,
  files,
  errorRate = defaultErrorRate,
  use,
  onSeen,
  within,
  kept = true,
}: ScansOptions): Promise<Prediction[]> {
  for (const { run } of runs) requireModel(run);
  const grey = runs.some(({ run }) => fittedOf(run) !== null);
  const reads = new Map<string, Promise<Batch[]>>();
  const batchesFor = (run: Run): Promise<Batch[]> => {
    const key = readingOf(registry, run);
    const cut = { plane: planeOf(registry, run) };
    const read = reads.get(key) ?? batchesIn(readScans(registry, files, run.settings.pixels, cut, grey));
    reads.set(key, read);
    return read;
  };
  const all: Prediction[] = [];
  for (const { run, threshold } of runs) {
    const reading = batchesFor(run);
    reading.catch(() => undefined); // awaited once the network is there
    const predictions = await use(run, async (predictor) => {
      const how = queryOf(registry, run, threshold, errorRate);
      const answered: Prediction[] = [];
      for (const batch of await reading)
        answered.push(
          ...(await predictBatch(batch, predictor, how, onSeen && ((seen) => onSeen(run, seen)))),
        );
      return answered;
    });
    const told = within === undefined ? predictions : predictions.map((one) => withoutFolder(one, within));
    if (kept) store(registry, told);
    all.push(...told);
  }
  return all;
}

/** Also within messages and their parameters. */
const withoutFolder = <T>(told: T, folder: string): T =>
  JSON.parse(JSON.stringify(told), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(folder + path.sep, '') : value,
  ) as T;

/** Stores all or none, with the hash of the model that predicted: it was compared with its manifest when it was loaded. */
function store(registry: Registry, predictions: readonly Prediction[]): void {
  // Predictions are worth returning even if they can't be stored.
  if (registry.readOnly) return;
  const models = new Map<string, string | null>();
  for (const { runId } of predictions)
    if (!models.has(runId)) models.set(runId, modelHash(registry.runs.get(runId).folder));
  const kept = registry.preferences.get().keepHistory;
  registry.transaction(() => {
    for (const prediction of predictions)
      registry.predictions.add(prediction, models.get(prediction.runId) ?? null, kept);
  });
}

async function batchesIn(scans: AsyncIterable<Scan>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const some of batchesOf(scans)) batches.push(batchOf(some));
  return batches;
}

async function* batchesOf<T>(all: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * The pictures of all files in order: one of most, many of a volume. Reads some files ahead. @param grey whether twins are searched
 * for.
 */
async function* readScans(
  registry: Registry,
  files: readonly string[],
  preprocessing: Preprocessing,
  cut: SliceChoice,
  grey: boolean,
): AsyncGenerator<Scan> {
  const how = { ...cut, salt: registry.secrets.get('patients'), window: preprocessing.window };
  for await (const scans of inOrder(files, BATCH, (file) => scansOf(file, preprocessing, how, grey)))
    yield* scans;
}

/** The plane along which the volumes of a run's dataset were sliced, if one was chosen. */
function planeOf(registry: Registry, { splitId }: Run): Plane | undefined {
  return registry.imports.source(registry.splits.get(splitId).datasetId)?.plane ?? undefined;
}

async function scansOf(
  file: string,
  preprocessing: Preprocessing,
  how: ScanOptions,
  grey: boolean,
): Promise<Scan[]> {
  try {
    const scans = (await scansInSubprocess(file, preprocessing, how, { grey })).map(
      ({ facts, ...seen }): Scan => ({
        ...seen,
        header: lookAtHeader(facts),
        error: null,
      }),
    );
    if (scans.length === 0) throw new FalxError('fileNoPicture', { file });
    return scans;
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    const { sha256 } = error.facts;
    const facts = wordableFacts(error);
    const known = typeof sha256 === 'string' ? sha256 : null;
    return [
      {
        file,
        sha256: known,
        pixels: null,
        placed: null,
        grey: null,
        header: lookAtHeader(null),
        error: error.message,
        ...(facts && { facts }),
      },
    ];
  }
}

/** How a run predicts. `fitted` is null if nothing was fitted for it. */
type Query = {
  run: Run;
  threshold: number;
  errorRate: number;
  fitted: FittedRun | null;
  /** Equal for runs that were trained and validated on the same scans. */
  seenScansKey: string;
  twinsOf: (scan: Scan) => Promise<Notice[]>;
};

function queryOf(registry: Registry, run: Run, threshold: number, errorRate: number): Query {
  const fitted = fittedOf(run);
  const { datasetId } = registry.splits.get(run.splitId);
  const twinsOf = async ({ sha256, grey }: Scan) =>
    fitted && grey ? knownTwin(registry, datasetId, fitted, { sha256, grey }) : [];
  return {
    run,
    threshold,
    errorRate,
    fitted,
    seenScansKey: `${datasetId} ${fitted?.seenScansHash}`,
    twinsOf,
  };
}

/** Scans predicted at once, with what all runs share. */
type Batch = {
  scans: readonly Scan[];
  /** How many of them have pixels. */
  readable: number;
  /** uint8 [readable, imageSize, imageSize, 3] */
  pixels: Uint8Array;
  /** Notices on each scan's twins, by the runs' `seenScansKey`. */
  twins: Map<string, Promise<Notice[][]>>;
  /** Appearance of each readable one, once it was requested. */
  looks?: Appearance[];
};

function batchOf(scans: readonly Scan[]): Batch {
  const readable = scans.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  return { scans, readable: readable.length, pixels: Buffer.concat(readable), twins: new Map() };
}

/** Notices on each scan's twins, searched for once for all runs with the same `seenScansKey`. */
function twinsIn({ scans, twins }: Batch, { seenScansKey, twinsOf }: Query): Promise<Notice[][]> {
  const known = twins.get(seenScansKey);
  if (known) return known;
  const search = async (): Promise<Notice[][]> => {
    const found: Notice[][] = [];
    for (const scan of scans) {
      // Without yielding to the pipe, the network would get its pixels only after the whole search.
      await setImmediate();
      found.push(await twinsOf(scan));
    }
    return found;
  };
  const searching = search();
  twins.set(seenScansKey, searching);
  return searching;
}

const appearancesIn = (batch: Batch, side: number): Appearance[] =>
  (batch.looks ??= batch.scans.flatMap(({ pixels }) => (pixels ? [appearanceOf(pixels, side)] : [])));

async function predictBatch(
  batch: Batch,
  predictor: Predictor,
  asked: Query,
  onSeen?: (seen: MappedScan) => void,
): Promise<Prediction[]> {
  const { run, threshold, errorRate, fitted } = asked;
  const { scans, readable } = batch;
  const { classes, imageSize } = predictor.network;
  const created = new Date().toISOString();
  const also = { maps: onSeen !== undefined, features: true };
  const asking = readable > 0 ? predictor.pixels(batch.pixels, readable, also) : null;
  // Meanwhile, since the network is in another process.
  void asking?.catch(() => undefined); // awaited below
  const twins = await twinsIn(batch, asked);
  const reply = await asking;
  const looks = fitted && reply ? appearancesIn(batch, imageSize) : [];
  const seen = fitted && reply ? fitted.notices(reply.features!, looks) : [];
  let answered = 0;
  return scans.map(({ file, sha256, pixels, placed, header, slice, error, facts }, i): Prediction => {
    const place = answered;
    if (pixels) answered += 1;
    if (pixels && placed && sha256 !== null && reply?.maps)
      onSeen?.({ file, sha256, pixels, placed, maps: mapsOfOne(reply.maps, place), covered: null });
    const probability = pixels && reply ? reply.probabilities[place]! : null;
    const record = { runId: run.id, file, ...(slice && { slice }), sha256, threshold, created };
    if (probability === null || !pixels || !reply)
      return { ...record, ...unanswered, error, ...(facts && { facts }) };
    if (!Number.isFinite(probability)) {
      const { message: error, facts } = worded(message('runNoAnswer', { run: run.id, file }));
      return { ...record, ...unanswered, error, facts };
    }
    const positive = probability >= threshold;
    const label = classes[positive ? 1 : 0];
    const because = run.settings.imported ? 'imported' : 'notYet';
    const notices = noticesShown(
      [
        ...headerNotices(header, fitted?.fitted.modalities ?? []),
        ...(fitted
          ? [...seen[place]!, ...twins[i]!]
          : [notice('noticeNotFitted', 'warning', { run: run.id, because })]),
      ],
      [...(fitted?.missing(run.id, errorRate) ?? []), ...nearThreshold(probability, threshold)],
    );
    const conformal = fitted?.conformal(probability, errorRate) ?? null;
    return {
      ...record,
      answer: answerOf({ probability, threshold, conformal, notices }),
      notices,
      probability,
      calibrated: fitted && fitted.fitted.missing === null ? fitted.calibrated(probability) : null,
      conformal,
      label,
      positive,
      milliseconds: reply.milliseconds / readable,
      error: null,
    };
  });
}

const unanswered = {
  answer: 'refused' as const,
  notices: [],
  probability: null,
  calibrated: null,
  conformal: null,
  label: null,
  positive: null,
  milliseconds: null,
} satisfies Partial<Prediction>;
