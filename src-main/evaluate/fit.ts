import { defaultGrouping, groupsOf } from '../check/scan-groups.ts';
import { KnownDirections } from '../check/known-rows.ts';
import { greySquareOf, signaturesOf } from '../check/one-twin.ts';
import { SIGNATURE } from '../check/signature.ts';
import type { FittedFigures } from '../contract/answers.ts';
import type { PixelFile } from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import { derivedFolder } from '../images/derivatives.ts';
import { type Predictor, refuseCancelled } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { calibrated, expectedCalibrationError, fitTemperature, logitOf } from '../statistics/calibration.ts';
import { calibrate, pValues, wordOf, type Calibration } from '../statistics/conformal.ts';
import {
  limitOf,
  mahalanobis,
  shareBeyond,
  spreadOf,
  unitRows,
  weightedSpread,
  type Rows,
  type WeightedValues,
} from '../statistics/outliers.ts';
import { perScan } from '../statistics/evidence.ts';
import { Isotonic } from '../statistics/reliability.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import { PixelReader } from '../train/batches.ts';
import { modelHash } from '../train/manifest.ts';
import type { RunData } from '../train/plan.ts';
import {
  FALSE_ALARMS,
  combinedDistance,
  outlierGrade,
  writeFitted,
  type Distance,
  type Fitted,
} from './fitted.ts';
import { appearanceOf, type Appearance } from './appearance.ts';

/** Most training scans that new ones are compared with, and most validation and test scans that limits are set and tested on. */
const [KNOWN, TRIED] = [600, 1000];
const NEIGHBOUR = 5;
/** From this share of coloured pixels at the least a picture counts as colour: training scans may all be grey. */
const LEAST_COLOUR = 0.05;
/** Share of the training scans that may be beyond the limit of colour, blur or cropping. */
const BEYOND_LIMIT = 0.01;
const ERROR_RATES = [0.01, 0.05, 0.1, 0.2];

export type FitOptions = {
  registry: Registry;
  run: Run;
  data: RunData;
  pixels: PixelFile;
  predictor: Predictor;
  /** For all rows of the test set. */
  test: { probabilities: Float32Array; features: Float32Array };
  /** Cancels it; nothing is written then. */
  signal?: AbortSignal | undefined;
};

/** Some rows of the dataset as the network sees them. */
type Observed = {
  rows: number[];
  labels: (0 | 1)[];
  probabilities: ArrayLike<number>;
  features: Rows;
  looks: Appearance[];
  groups: number[];
  /** The rows of one group share a total weight of 1. */
  weights: number[];
};

/**
 * Fits on the validation set how reliable a run's answers are, and on the training set which scans it knows, tests both on the test
 * set, and keeps the result in the run's folder. docs/decisions/answers.md says what and why.
 * @returns what was fitted, and whether it could be written.
 * @throws FalxError `cancelled`
 */
export async function fitAnswers(options: FitOptions): Promise<{ fitted: Fitted; kept: boolean }> {
  const { registry, run, data, test, signal } = options;
  const { parts } = data;
  const see = observer(options);
  const validation = parts.validation.rows.length > 0 ? await see(parts.validation) : null;
  const hasBoth = validation !== null && [0, 1].every((label) => validation.labels.includes(label as 0 | 1));
  const groups = groupsByRow(registry, data);
  const answers = validation?.rows.map((row, i) => ({
    group: groups(row),
    label: validation.labels[i]!,
    probability: validation.probabilities[i]!,
  }));
  const calibration = hasBoth ? calibrate(answers!) : null;
  const temperature = hasBoth ? fitTemperature(logitsOf(validation)) : 1;
  const training = validation ? await see(drawByGroup(parts.train, groups, KNOWN)) : null;
  const known = training ? unitRows(training.features) : { values: new Float32Array(0), channels: 1 };
  const near = new KnownDirections(known);
  const outliers = training && validation ? await limitsOf(near, known.channels, training, validation) : null;
  const tested: Observed = {
    ...parts.test,
    ...test,
    features: { values: test.features, channels: test.features.length / parts.test.rows.length },
    looks: outliers ? await appearancesOf(options.pixels, parts.test.rows.slice(0, TRIED)) : [],
    groups: parts.test.rows.map(groups),
    weights: weightsOf(parts.test.rows.map(groups)),
  };
  const twins = await twinsOf(registry, data, () => refuseCancelled(run, signal));
  const fitted: Fitted = {
    version: 1,
    runId: run.id,
    model: modelHash(run.folder),
    created: new Date().toISOString(),
    temperature,
    missing: validation === null ? 'noValidation' : hasBoth ? null : 'oneClass',
    calibration: calibration && [copyOf(calibration[0]), copyOf(calibration[1])],
    validation: answers ?? null,
    isotonic: hasBoth ? isotonicOf(answers!) : null,
    modalities: modalitiesOf(data),
    outliers,
    twins: twins.stored,
    test: figuresOf(tested, {
      temperature,
      calibration,
      beyond: outliers && (await alarmsOf(outliers, near, tested)),
    }),
  };
  refuseCancelled(run, signal);
  return { fitted, kept: writeFitted(run.folder, fitted, known, twins.signatures) };
}

/** Per scan: each group has one vote, as in the evidence. */
function isotonicOf(answers: NonNullable<Fitted['validation']>): NonNullable<Fitted['isotonic']> {
  const { labels, models } = perScan({
    groups: answers.map(({ group }) => group),
    labels: answers.map(({ label }) => label),
    models: [answers.map(({ probability }) => probability)],
  });
  return [...Isotonic.fit(labels, models[0]!).knots];
}

/** Most pictures whose signatures are kept: 400 to 800 bytes each. */
const MOST_SIGNATURES = 10_000;

/** Signatures of the scans of the training and validation sets. */
async function twinsOf(registry: Registry, { dataset, images, parts }: RunData, refuseCancelled: () => void) {
  const rows = [...parts.train.rows, ...parts.validation.rows].slice(0, MOST_SIGNATURES);
  const folder = derivedFolder(registry.home);
  const owners: number[] = [];
  const signatures: Float32Array[] = [];
  for (const [i, row] of rows.entries()) {
    refuseCancelled();
    if (i % PIECE === 0) await new Promise((resolve) => setImmediate(resolve));
    const image = images[row]!;
    const grey = await greySquareOf(folder, dataset.folder, image);
    for (const signature of grey ? signaturesOf(grey) : []) {
      owners.push(image.id);
      signatures.push(signature);
    }
  }
  const all = new Float32Array(signatures.length * SIGNATURE);
  signatures.forEach((signature, i) => all.set(signature, i * SIGNATURE));
  const validation = parts.validation.rows.map((row) => images[row]!.id);
  return { stored: { owners, validation }, signatures: all };
}

const copyOf = ({ scores, reached, groups }: Calibration[0]) => ({
  scores: [...scores],
  reached: [...reached],
  groups,
});

const logitsOf = ({ labels, probabilities, weights }: Observed) =>
  labels.map((label, i) => ({ logit: logitOf(probabilities[i]!), label, weight: weights[i]! }));

/** The group of each row: a patient's scans where patients are known, otherwise images of the same scan. */
function groupsByRow(registry: Registry, { dataset, images }: RunData): (row: number) => number {
  const { images: known, labels } = groupsOf(registry, dataset.id, defaultGrouping(registry, dataset.id));
  const byImage = new Map(known.map(({ id }, place) => [id, labels[place]!]));
  return (row) => byImage.get(images[row]!.id)!;
}

/** For each row, 1 / the size of its group. */
function weightsOf(groups: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return groups.map((group) => 1 / sizes.get(group)!);
}

/** Draws at most `most` rows, one of each group before a second of any; always the same ones. */
function drawByGroup(
  { rows, labels }: { rows: number[]; labels: (0 | 1)[] },
  groups: (row: number) => number,
  most: number,
): { rows: number[]; labels: (0 | 1)[] } {
  const seen = new Map<number, number>();
  const order = shuffled(rows.length, randomFrom(7, 'known scans'))
    .map((at) => {
      const group = groups(rows[at]!);
      const turn = seen.get(group) ?? 0;
      seen.set(group, turn + 1);
      return { at, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .slice(0, most)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  return { rows: order.map((at) => rows[at]!), labels: order.map((at) => labels[at]!) };
}

/** Makes a function that has the network predict rows and measures their appearance. */
function observer({ registry, run, data, pixels, predictor }: FitOptions) {
  const groups = groupsByRow(registry, data);
  return async ({ rows, labels }: { rows: number[]; labels: (0 | 1)[] }): Promise<Observed> => {
    const { probabilities, features } = await predictor.rows(pixels, rows, run.settings.batchSize, true);
    const values = features!;
    return {
      rows,
      labels,
      probabilities,
      features: { values, channels: values.length / rows.length },
      looks: await appearancesOf(pixels, rows),
      groups: rows.map(groups),
      weights: weightsOf(rows.map(groups)),
    };
  };
}

/** Rows processed before other work gets its turn. */
const PIECE = 16;

async function appearancesOf(pixels: PixelFile, rows: readonly number[]): Promise<Appearance[]> {
  const reader = await PixelReader.open(pixels);
  const size = pixels.imageSize ** 2 * 3;
  try {
    const looks: Appearance[] = [];
    for (let from = 0; from < rows.length; from += PIECE) {
      const some = rows.slice(from, from + PIECE);
      const bytes = await reader.read(some);
      some.forEach((_, i) =>
        looks.push(appearanceOf(bytes.subarray(i * size, (i + 1) * size), pixels.imageSize)),
      );
    }
    return looks;
  } finally {
    await reader.close();
  }
}

type Outliers = NonNullable<Fitted['outliers']>;

/** How far each row is from the known scans: in feature space, and by appearance. */
async function distancesOf(
  known: KnownDirections,
  looks: Outliers['looks'],
  seen: Observed,
): Promise<Distance[]> {
  const { values, channels } = unitRows(seen.features);
  const all: Distance[] = [];
  for (let from = 0; from < seen.looks.length; from += PIECE) {
    await new Promise((resolve) => setImmediate(resolve));
    const some = seen.looks.slice(from, from + PIECE);
    const rows = values.subarray(from * channels, (from + some.length) * channels);
    const features = known.distances({ values: rows, channels }, NEIGHBOUR);
    some.forEach(({ measures }, i) =>
      all.push({ features: features[i]!, looks: mahalanobis(looks, measures) }),
    );
  }
  return all;
}

const finite = (limit: number): number | null => (Number.isFinite(limit) ? limit : null);

const weighted = (seen: Observed, of: (at: number) => number): WeightedValues =>
  seen.weights.map((weight, i) => ({ value: of(i), weight }));

async function limitsOf(known: KnownDirections, channels: number, training: Observed, validation: Observed) {
  const looks = spreadOf(training.looks.map(({ measures }) => measures));
  const distances = await distancesOf(known, looks, validation);
  const scales = {
    features: weightedSpread(weighted(validation, (i) => distances[i]!.features)),
    looks: weightedSpread(weighted(validation, (i) => distances[i]!.looks)),
  };
  const summed = weighted(validation, (i) => combinedDistance(scales, distances[i]!));
  // For appearance, training scans serve as well as validation scans, since no network is involved; each is compared only with the
  // other folds.
  const byLooks = [...(await leftOut(training)), ...weighted(validation, (i) => distances[i]!.looks)];
  const ofLook = (of: (look: Appearance) => number) =>
    limitOf(
      weighted(training, (i) => of(training.looks[i]!)),
      BEYOND_LIMIT,
    );
  const sharpness = finite(ofLook((look) => -look.sharpness));
  const stored: Outliers = {
    channels,
    neighbour: NEIGHBOUR,
    looks,
    scales,
    limits: {
      somewhat: finite(limitOf(summed, FALSE_ALARMS.somewhat)),
      far: finite(limitOf(summed, FALSE_ALARMS.far)),
      looks: {
        somewhat: finite(limitOf(byLooks, FALSE_ALARMS.somewhat)),
        far: finite(limitOf(byLooks, FALSE_ALARMS.far)),
      },
    },
    coloured: finite(
      Math.max(
        LEAST_COLOUR,
        ofLook((look) => look.coloured),
      ),
    ),
    sharpness: sharpness === null ? null : -sharpness,
    border: finite(ofLook((look) => look.border)),
  };
  return stored;
}

/** Folds that training scans are divided into, whole groups at a time. */
const FOLDS = 5;

/** How far each training scan's appearance is from that of the other folds. */
async function leftOut({ looks, weights, groups }: Observed): Promise<WeightedValues> {
  const order = new Map<number, number>();
  for (const group of groups) if (!order.has(group)) order.set(group, order.size);
  const fold = groups.map((group) => order.get(group)! % FOLDS);
  const all: { value: number; weight: number }[] = [];
  for (let part = 0; part < FOLDS; part += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    const others = looks.filter((_, i) => fold[i] !== part);
    if (others.length === 0) continue;
    const usual = spreadOf(others.map(({ measures }) => measures));
    for (const [i, { measures }] of looks.entries())
      if (fold[i] === part) all.push({ value: mahalanobis(usual, measures), weight: weights[i]! });
  }
  return all;
}

/** The share of test scans beyond the limits. */
async function alarmsOf(
  outliers: Outliers,
  known: KnownDirections,
  tested: Observed,
): Promise<FittedFigures['falseAlarms']> {
  const distances = await distancesOf(known, outliers.looks, tested);
  const seen = { ...tested, weights: tested.weights.slice(0, distances.length) };
  const unlike = distances.map((distance) => outlierGrade(outliers, distance)?.how ?? null);
  const isColour = (i: number) => outliers.coloured !== null && seen.looks[i]!.coloured > outliers.coloured;
  const share = (of: (at: number) => boolean) =>
    shareBeyond(
      weighted(seen, (i) => Number(of(i))),
      0.5,
    );
  return {
    refused: share((i) => isColour(i) || unlike[i] === 'far'),
    warned: share((i) => unlike[i] !== null),
  };
}

/** The resulting figures on the test set. */
function figuresOf(
  tested: Observed,
  {
    temperature,
    calibration,
    beyond,
  }: {
    temperature: number;
    calibration: Calibration | null;
    beyond: FittedFigures['falseAlarms'] | null;
  },
): FittedFigures {
  const probabilities = Array.from(tested.probabilities);
  const share = (of: (at: number) => boolean, among: (at: number) => boolean = () => true) =>
    shareBeyond(
      weighted(tested, (i) => Number(of(i))).filter((_, i) => among(i)),
      0.5,
    );
  return {
    images: tested.rows.length,
    calibrationError: {
      before: expectedCalibrationError(probabilities, tested.labels),
      after: expectedCalibrationError(
        probabilities.map((probability) => calibrated(probability, temperature)),
        tested.labels,
      ),
    },
    falseAlarms: beyond ?? { refused: null, warned: null },
    atErrorRate: (calibration ? ERROR_RATES : []).map((errorRate) => {
      const found = probabilities.map((probability) => pValues(calibration!, probability));
      const words = probabilities.map((probability, i) =>
        wordOf(probability, 0.5, { errorRate, ...found[i]! }),
      );
      const own = (i: number) => (tested.labels[i] === 1 ? ('positive' as const) : ('negative' as const));
      const isCovered = (i: number) => found[i]![own(i)] > errorRate;
      return {
        errorRate,
        coverage: {
          positive: share(isCovered, (i) => tested.labels[i] === 1),
          negative: share(isCovered, (i) => tested.labels[i] === 0),
        },
        open: share((i) => words[i] === 'unsure'),
        wrong: share((i) => words[i] !== 'unsure' && words[i] !== own(i)),
      };
    }),
  };
}

/** Modalities named in the headers of the dataset's pictures. */
const modalitiesOf = ({ images }: RunData): string[] =>
  [...new Set(images.flatMap(({ facts }) => facts?.['modality'] ?? []))]
    .filter((modality) => typeof modality === 'string')
    .sort();
