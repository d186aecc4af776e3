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
import { lookAt } from '../evaluate/looks.ts';
import { answerOf, nearThreshold, toldOf } from './answer.ts';
import { mapsOfOne, type SeenScan } from './scan-maps.ts';
import { knownTwin } from './known-twin.ts';
import { headerNotices, lookAtHeader, type HeaderLook } from './header-look.ts';

/** Scans that the network predicts at once: enough to use the machine, few enough to hold in memory. */
const BATCH = 16;

export type PredictOptions = {
  registry: Registry;
  home: string;
  runId: string;
  /** Absolute paths; of a volume or a file with frames all its pictures are predicted, or one as `file#frame`. */
  files: readonly string[];
  /** At or above this probability a scan is called positive; 0.5 when left out. */
  threshold?: number;
  /** How often an answer may name the wrong class, of each class. */
  errorRate?: number;
  /** Called after each batch with what is known of it. */
  onPredictions?: (predictions: Prediction[]) => void;
  /** Told of each scan what the network saw and where it looked, which the same pass gives. */
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

/**
 * The probability of the positive class for each picture of each file, in the order given. Each file takes the pixel path the
 * network was trained with. A file that can't be read gets a record with its error; the others are answered.
 * All records are stored, but where the home can only be read.
 * @throws FalxError `bad-run` when the run has no model.
 */
export async function predictFiles({
  registry,
  home,
  runId,
  files,
  threshold = THRESHOLD,
  errorRate = defaultErrorRate,
  onPredictions,
  onSeen,
  plane,
  slices,
}: PredictOptions): Promise<Prediction[]> {
  const run = registry.runs.get(runId);
  requireModel(run);
  const opening = Predictor.open(run, home);
  opening.catch(() => undefined); // awaited below
  // Meanwhile the first files are read.
  const cut = { plane: plane ?? planeOf(registry, run), slices };
  const grey = fittedOf(run) !== null;
  const reading = readScans(registry, files, run.settings.pixels, cut, grey);
  const first = reading.next();
  first.catch(() => undefined); // awaited below
  try {
    const how = askedOf(registry, run, threshold, errorRate);
    const predictor = await opening;
    // TensorFlow prepares the network at its first answer, so that the times told are those of the scans alone.
    const prepared = warmUp(predictor);
    prepared.catch(() => undefined); // awaited below
    const all: Prediction[] = [];
    for await (const some of batchesOf(begun(first, reading))) {
      await prepared;
      const predictions = await predictBatch(run, some, predictor, how, onSeen);
      keep(registry, run, predictions);
      onPredictions?.(predictions);
      all.push(...predictions);
    }
    return all;
  } finally {
    await opening.then(
      (predictor) => predictor.close(),
      () => undefined, // thrown above
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
  const reads = new Map<string, Promise<Scan[]>>();
  const scansFor = (run: Run): Promise<Scan[]> => {
    const { pixels } = run.settings;
    const { version, imageSize, canvas, crop, window } = pixels;
    const plane = planeOf(registry, run);
    const key = JSON.stringify([version, imageSize, canvas, crop, window, plane]);
    const read = reads.get(key) ?? collect(readScans(registry, files, pixels, { plane }, grey));
    reads.set(key, read);
    return read;
  };
  const all: Prediction[] = [];
  for (const { run, threshold } of runs) {
    const reading = scansFor(run);
    reading.catch(() => undefined); // awaited once the network is there
    const predictions = await use(run, async (predictor) => {
      const how = askedOf(registry, run, threshold, errorRate);
      const answered: Prediction[] = [];
      for await (const some of batchesOf(await reading))
        answered.push(
          ...(await predictBatch(run, some, predictor, how, onSeen && ((seen) => onSeen(run, seen)))),
        );
      return answered;
    });
    const told = within === undefined ? predictions : predictions.map((one) => withoutFolder(one, within));
    if (kept) keep(registry, run, told);
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
function keep(registry: Registry, run: Run, predictions: readonly Prediction[]): void {
  // What is answered is worth having where nothing can be kept, too.
  if (registry.readOnly) return;
  const model = modelHash(run.folder);
  const kept = registry.preferences.get().keepHistory;
  registry.together(() => {
    for (const prediction of predictions) registry.predictions.add(prediction, model, kept);
  });
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const one of all) collected.push(one);
  return collected;
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
  threshold: number;
  errorRate: number;
  fitted: FittedRun | null;
  twinsOf: (scan: Scan) => Promise<Notice[]>;
};

function askedOf(registry: Registry, run: Run, threshold: number, errorRate: number): Asked {
  const fitted = fittedOf(run);
  const { datasetId } = registry.splits.get(run.splitId);
  const twinsOf = async ({ sha256, grey }: Scan) =>
    fitted && grey ? knownTwin(registry, datasetId, fitted, { sha256, grey }) : [];
  return { threshold, errorRate, fitted, twinsOf };
}

async function predictBatch(
  run: Run,
  scans: readonly Scan[],
  predictor: Predictor,
  { threshold, errorRate, fitted, twinsOf }: Asked,
  onSeen?: (seen: SeenScan) => void,
): Promise<Prediction[]> {
  const readable = scans.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  const { classes, imageSize } = predictor.network;
  const created = new Date().toISOString();
  const also = { maps: onSeen !== undefined, features: true };
  const asking =
    readable.length > 0 ? predictor.pixels(Buffer.concat(readable), readable.length, also) : null;
  // Meanwhile, as the network is in another process.
  void asking?.catch(() => undefined); // awaited below
  const twins: Notice[][] = [];
  for (const scan of scans) {
    // Without a turn for the pipe the network would get its pixels only when all twins are looked for.
    await setImmediate();
    twins.push(await twinsOf(scan));
  }
  const reply = await asking;
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
          ? [
              ...fitted.notices(rowOf(reply.features!, place, readable.length), lookAt(pixels, imageSize)),
              ...twins[i]!,
            ]
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
      milliseconds: reply.milliseconds / readable.length,
      error: null,
    };
  });
}

/** One row of several. */
const rowOf = (rows: Float32Array, at: number, of: number): Float32Array =>
  rows.subarray((at * rows.length) / of, ((at + 1) * rows.length) / of);

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
