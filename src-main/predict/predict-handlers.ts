import { setImmediate } from 'node:timers/promises';
import path from 'node:path';
import { FalxError, wordableFacts, worded } from '../contract/errors.ts';
import { defaultErrorRate, notice, type Notice } from '../contract/answers.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { Prediction, Run } from '../contract/records.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { inOrder } from '../images/in-order.ts';
import { scansApart } from '../images/apart.ts';
import type { Cut } from '../images/many.ts';
import type { Placed } from '../images/pixels.ts';
import type { Plane, ScanOptions } from '../images/scan.ts';
import type { Registry } from '../registry/registry.ts';
import { modelHash } from '../train/manifest.ts';
import { Predictor, requireModel, THRESHOLD, warmUp } from '../inference/predictor.ts';
import { fittedOf, type FittedRun } from '../evaluate/fitted.ts';
import { lookAt, type Look } from '../evaluate/looks.ts';
import { answerOf, nearThreshold, toldOf } from './answer.ts';
import { mapsOfOne, type SeenScan } from './scan-maps.ts';
import { knownTwin } from './known-twin.ts';
import { headerNotices, lookAtHeader, type HeaderLook } from './header-look.ts';

/** Scans that the network predicts at once: enough to use the machine, few enough to hold in memory. */
const BATCH = 16;

export type PredictOptions = {
  registry: Registry;
  home: string;
  /** Each with the probability from which on it calls a scan positive: 0.5 when left out. */
  runs: readonly { id: string; threshold?: number }[];
  /** Absolute paths; of a volume or a file with frames all its pictures are predicted, or one as `file#frame`. */
  files: readonly string[];
  /** How often an answer may name the wrong class, of each class. */
  errorRate?: number;
  /** Called after each batch with what is known of it, run after run. */
  onPredictions?: (predictions: Prediction[]) => void;
  /** Told of each scan what the first run's network saw and where it looked, which the same pass gives. */
  onSeen?: ((seen: SeenScan) => void) | undefined;
  /** How volumes are cut: as those of the run's dataset when left out; all slices within the brain. */
  plane?: Plane | undefined;
  slices?: number | undefined;
};

type Scan = {
  file: string;
  sha256: string | null;
  pixels: Uint8Array | null;
  /** Null where it has none. */
  placed: Placed | null;
  grey: Uint8Array | null;
  header: HeaderLook;
  error: string | null;
  facts?: Record<string, unknown>;
};

/** Networks that are loaded at once. */
const LOADED = 3;

/**
 * The probability of the positive class for each picture of each file, in the order given, of one run after the other. Each file
 * takes the pixel path the network was trained with, and is read once for all runs that share it. A file that can't be read gets a
 * record with its error; the others are answered. All records are stored, but where the home can only be read.
 * @throws FalxError `bad-run` when a run has no model, before anything is read.
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

/** What two runs must have in common for what is read of a file to be the same for both. */
function readingOf(registry: Registry, run: Run, plane = planeOf(registry, run)): string {
  const { version, imageSize, canvas, crop, window } = run.settings.pixels;
  return JSON.stringify([version, imageSize, canvas, crop, window, plane]);
}

/** Batches that are begun at once: a network has the next one when it is done with the last. */
const BEGUN = 2;

/** What runs that read files alike answer, a batch at a time, with their networks loaded meanwhile. */
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
  onSeen?: (seen: SeenScan) => void,
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
    const how = asked.map(({ run, threshold }) => askedOf(registry, run, threshold, errorRate));
    const networks = await Promise.all(opening);
    // TensorFlow prepares a network at its first answer, so that the times told are those of the scans alone.
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
    for await (const predictions of inOrder(batchesOf(begun(head, reading)), BEGUN, answerBatch)) {
      keep(registry, predictions);
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

/** All that a generator gives, its first one asked for already. */
async function* begun<T>(first: Promise<IteratorResult<T>>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let one = await first; !one.done; one = await rest.next()) yield one.value;
}

export type ScansOptions = {
  registry: Registry;
  /** Each with the probability from which on it calls a scan positive. */
  runs: readonly { run: Run; threshold: number }[];
  errorRate?: number;
  /** Absolute paths; all of them are held in memory as pixels. */
  files: readonly string[];
  /** Lends a run's network, ready to answer. */
  use: <T>(run: Run, work: (predictor: Predictor) => Promise<T>) => Promise<T>;
  /** Told of each scan what a run's network saw and where it looked, which the same pass gives. */
  onSeen?: ((run: Run, seen: SeenScan) => void) | undefined;
  /** A folder, for as long as the files are read: nothing that is told or kept names it. */
  within?: string | undefined;
  /** Whether answers are kept among the records; they are unless said otherwise. */
  kept?: boolean;
};

/**
 * What several runs answer on the same files, run after run. Runs with the same pixel path share what is read, so
 * that each file is read once a path. All records are stored, unless `kept` is false.
 * @throws FalxError `bad-run` when one of the runs has no model, before anything is read.
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
      const how = askedOf(registry, run, threshold, errorRate);
      const answered: Prediction[] = [];
      for (const batch of await reading)
        answered.push(
          ...(await predictBatch(batch, predictor, how, onSeen && ((seen) => onSeen(run, seen)))),
        );
      return answered;
    });
    const told = within === undefined ? predictions : predictions.map((one) => withoutFolder(one, within));
    if (kept) keep(registry, told);
    all.push(...told);
  }
  return all;
}

/** Also where a sentence, or what it is made of, names a file. */
const withoutFolder = <T>(told: T, folder: string): T =>
  JSON.parse(JSON.stringify(told), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(folder + path.sep, '') : value,
  ) as T;

/** All of them or none, with what answered: it was compared with its manifest when it was loaded. */
function keep(registry: Registry, predictions: readonly Prediction[]): void {
  // What is answered is worth having where nothing can be kept, too.
  if (registry.readOnly) return;
  const models = new Map<string, string | null>();
  for (const { runId } of predictions)
    if (!models.has(runId)) models.set(runId, modelHash(registry.runs.get(runId).folder));
  const kept = registry.preferences.get().keepHistory;
  registry.together(() => {
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

/** The pictures of all files in their order: one of most, many of a volume. Reads some files ahead. @param grey whether twins are looked for. */
async function* readScans(
  registry: Registry,
  files: readonly string[],
  preprocessing: Preprocessing,
  cut: Cut,
  grey: boolean,
): AsyncGenerator<Scan> {
  const how = { ...cut, salt: registry.secrets.get('patients'), window: preprocessing.window };
  for await (const scans of inOrder(files, BATCH, (file) => scansOf(file, preprocessing, how, grey)))
    yield* scans;
}

/** The plane that the volumes of a run's dataset were cut along, where one was asked for. */
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
    const scans = (await scansApart(file, preprocessing, how, { grey })).map(({ facts, ...seen }): Scan => ({
      ...seen,
      header: lookAtHeader(facts),
      error: null,
    }));
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

/** How a run is asked: what was fitted for it is null where that was never done. */
type Asked = {
  run: Run;
  threshold: number;
  errorRate: number;
  fitted: FittedRun | null;
  /** The same for runs that have met the same scans. */
  met: string;
  twinsOf: (scan: Scan) => Promise<Notice[]>;
};

function askedOf(registry: Registry, run: Run, threshold: number, errorRate: number): Asked {
  const fitted = fittedOf(run);
  const { datasetId } = registry.splits.get(run.splitId);
  const twinsOf = async ({ sha256, grey }: Scan) =>
    fitted && grey ? knownTwin(registry, datasetId, fitted, { sha256, grey }) : [];
  return { run, threshold, errorRate, fitted, met: `${datasetId} ${fitted?.met}`, twinsOf };
}

/** Scans that networks predict at once, and what is the same for all runs. */
type Batch = {
  scans: readonly Scan[];
  /** Those that have pixels. */
  readable: number;
  /** uint8 [readable, imageSize, imageSize, 3] */
  pixels: Uint8Array;
  /** Of each scan what is said of its twins, by what runs have met. */
  twins: Map<string, Promise<Notice[][]>>;
  /** What is seen of each readable one, once that was asked for. */
  looks?: Look[];
};

function batchOf(scans: readonly Scan[]): Batch {
  const readable = scans.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  return { scans, readable: readable.length, pixels: Buffer.concat(readable), twins: new Map() };
}

/** Of each scan what is said of its twins, looked for once for all runs that have met the same. */
function twinsIn({ scans, twins }: Batch, { met, twinsOf }: Asked): Promise<Notice[][]> {
  const known = twins.get(met);
  if (known) return known;
  const search = async (): Promise<Notice[][]> => {
    const found: Notice[][] = [];
    for (const scan of scans) {
      // Without a turn for the pipe the network would get its pixels only when all twins are looked for.
      await setImmediate();
      found.push(await twinsOf(scan));
    }
    return found;
  };
  const searching = search();
  twins.set(met, searching);
  return searching;
}

const looksIn = (batch: Batch, side: number): Look[] =>
  (batch.looks ??= batch.scans.flatMap(({ pixels }) => (pixels ? [lookAt(pixels, side)] : [])));

async function predictBatch(
  batch: Batch,
  predictor: Predictor,
  asked: Asked,
  onSeen?: (seen: SeenScan) => void,
): Promise<Prediction[]> {
  const { run, threshold, errorRate, fitted } = asked;
  const { scans, readable } = batch;
  const { classes, imageSize } = predictor.network;
  const created = new Date().toISOString();
  const also = { maps: onSeen !== undefined, features: true };
  const asking = readable > 0 ? predictor.pixels(batch.pixels, readable, also) : null;
  // Meanwhile, as the network is in another process.
  void asking?.catch(() => undefined); // awaited below
  const twins = await twinsIn(batch, asked);
  const reply = await asking;
  const looks = fitted && reply ? looksIn(batch, imageSize) : [];
  const seen = fitted && reply ? fitted.notices(reply.features!, looks) : [];
  let answered = 0;
  return scans.map(({ file, sha256, pixels, placed, header, error, facts }, i): Prediction => {
    const place = answered;
    if (pixels) answered += 1;
    if (pixels && placed && sha256 !== null && reply?.maps)
      onSeen?.({ file, sha256, pixels, placed, maps: mapsOfOne(reply.maps, place), covered: null });
    const probability = pixels && reply ? reply.probabilities[place]! : null;
    const record = { runId: run.id, file, sha256, threshold, created };
    if (probability === null || !pixels || !reply)
      return { ...record, ...unanswered, error, ...(facts && { facts }) };
    if (!Number.isFinite(probability)) {
      const { message: error, facts } = worded(message('runNoAnswer', { run: run.id, file }));
      return { ...record, ...unanswered, error, facts };
    }
    const positive = probability >= threshold;
    const label = classes[positive ? 1 : 0];
    const because = run.settings.imported ? 'imported' : 'notYet';
    const notices = toldOf(
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
