import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FittedFigures, notice, type Conformal, type Notice } from '../contract/answers.ts';
import { KnownDirections } from '../check/known-rows.ts';
import type { KnownViews } from '../check/one-twin.ts';
import type { Run } from '../contract/records.ts';
import { calibrated } from '../statistics/calibration.ts';
import { groupsNeeded, pValues, type Calibration } from '../statistics/conformal.ts';
import { mahalanobis, unitRows, type Rows } from '../statistics/outliers.ts';
import { isAsStamped, replaceFile, stampOf } from '../system/durable.ts';
import { sha256Of } from '../system/hashes.ts';
import { modelHash, readManifest, writeManifest } from '../train/manifest.ts';
import type { Appearance } from './appearance.ts';
import { fittedFiles } from './fitted-files.ts';

const ClassCalibration = z.object({
  scores: z.array(z.number()),
  reached: z.array(z.number()),
  groups: z.number(),
});
const Scale = z.object({ mean: z.number(), deviation: z.number() });
/** Null: no limit, since there were too few scans. */
const Limit = z.number().nullable();

/** What was fitted for a run when it was evaluated, as stored in its folder. */
export const Fitted = z.object({
  version: z.literal(1),
  runId: z.string(),
  /** Hash of the model that was evaluated. */
  model: z.string().nullable(),
  created: z.iso.datetime(),
  /** Fitted on the validation set; 1 if there is none. */
  temperature: z.number(),
  /** Why nothing was calibrated; null if it was. */
  missing: z.enum(['noValidation', 'oneClass']).nullable(),
  calibration: z.tuple([ClassCalibration, ClassCalibration]).nullable(),
  /** As named in the dataset's DICOM headers. */
  modalities: z.array(z.string()),
  outliers: z
    .object({
      channels: z.int(),
      /** k: the distance is that to the k-th nearest neighbour. */
      neighbour: z.int(),
      looks: z.object({ mean: z.array(z.number()), precision: z.array(z.number()) }),
      /** Of the validation set's distances, in feature space and by appearance. */
      scales: z.object({ features: Scale, looks: Scale }),
      /** Of the sum of both distances, each scaled. */
      limits: z.object({
        somewhat: Limit,
        far: Limit,
        /** Of the distance by appearance alone, in which the network plays no part; null if written by an older version of Falx. */
        looks: z.object({ somewhat: Limit, far: Limit }).nullable().default(null),
      }),
      coloured: Limit,
      sharpness: Limit,
      border: Limit,
    })
    .nullable(),
  /** Image id of each stored signature, and which of these images are in the validation set. */
  twins: z.object({ owners: z.array(z.int()), validation: z.array(z.int()) }),
  test: FittedFigures.nullable(),
  /**
   * The validation set's answers, from which thresholds are chosen and curves fitted; null if written by an older version of Falx,
   * or without a validation set.
   */
  validation: z
    .array(
      z.object({
        group: z.int(),
        label: z.union([z.literal(0), z.literal(1)]),
        probability: z.number().min(0).max(1),
      }),
    )
    .nullable()
    .default(null),
  /** Isotonic calibration on the validation set's scans, knots in order; null as above, or without both classes. */
  isotonic: z
    .array(z.object({ probability: z.number(), value: z.number() }))
    .nullable()
    .default(null),
});
export type Fitted = z.infer<typeof Fitted>;

/** Shares of typical scans that may be beyond the limits: with a warning, and refused. */
export const FALSE_ALARMS = { somewhat: 0.05, far: 0.02 } as const;

/** What was fitted for a run, with the features of the training scans that new ones are compared with, each of length 1. */
export class FittedRun {
  readonly fitted: Fitted;
  /** The scans of its training and validation sets, to find twins of. */
  readonly twins: KnownViews;
  /** A hash: equal for runs that were trained and validated on the same scans. */
  readonly seenScansHash: string;
  readonly #known: KnownDirections;

  constructor(fitted: Fitted, known: Rows, signatures: Float32Array) {
    this.fitted = fitted;
    this.twins = { signatures, owners: fitted.twins.owners };
    this.seenScansHash = sha256Of(JSON.stringify([fitted.twins, sha256Of(bytesOf(signatures))]));
    this.#known = new KnownDirections(known);
  }

  calibrated = (probability: number): number => calibrated(probability, this.fitted.temperature);

  /** Null if there are too few scans to guarantee the error rate. */
  conformal(probability: number, errorRate: number): Conformal | null {
    const { calibration } = this.fitted;
    if (calibration === null || leastGroups(calibration) < groupsNeeded(errorRate)) return null;
    return { errorRate, ...pValues(calibration, probability) };
  }

  /** Notices that apply to every scan, where a fit is missing or too small. */
  missing(run: string, errorRate: number): Notice[] {
    const { missing, calibration } = this.fitted;
    if (missing !== null) return [notice('noticeNotFitted', 'warning', { run, because: missing })];
    const [scans, needed] = [calibration ? leastGroups(calibration) : 0, groupsNeeded(errorRate)];
    return scans >= needed ? [] : [notice('noticeFewScans', 'warning', { scans, needed, errorRate })];
  }

  /** How far scans are from the training scans; null if not fitted. @param features float32 [looks, channels]. */
  distances(features: Float32Array, looks: readonly Appearance[]): Distance[] | null {
    const { outliers } = this.fitted;
    if (outliers === null) return null;
    const { neighbour, channels, looks: usual } = outliers;
    const inFeatures = this.#known.distances(unitRows({ values: features, channels }), neighbour);
    return looks.map(({ measures }, i) => ({
      features: inFeatures[i]!,
      looks: mahalanobis(usual, measures),
    }));
  }

  /** The notices of each scan. @param features float32 [looks, channels]. */
  notices(features: Float32Array, looks: readonly Appearance[]): Notice[][] {
    const distances = this.distances(features, looks);
    return looks.map((look, i) => (distances ? this.#noticesOf(look, distances[i]!) : []));
  }

  #noticesOf(look: Appearance, distance: Distance): Notice[] {
    const { outliers } = this.fitted;
    if (outliers === null) return [];
    const { coloured, sharpness, border } = outliers;
    const notices: Notice[] = [];
    if (coloured !== null && look.coloured > coloured)
      notices.push(notice('noticeColour', 'refusal', { share: look.coloured, limit: coloured }));
    const unlike = outlierGrade(outliers, distance);
    if (unlike)
      notices.push(
        notice('noticeUnlike', unlike.how === 'far' ? 'refusal' : 'warning', {
          ...unlike,
          falseAlarms: FALSE_ALARMS[unlike.how],
        }),
      );
    if (sharpness !== null && look.sharpness < sharpness)
      notices.push(notice('noticeBlurred', 'warning', { sharpness: look.sharpness, limit: sharpness }));
    if (border !== null && look.border > border)
      notices.push(notice('noticeCropped', 'warning', { border: look.border, limit: border }));
    return notices;
  }
}

/** In feature space, and by appearance. */
export type Distance = { features: number; looks: number };
type Outliers = NonNullable<Fitted['outliers']>;

/** The sum of both, standardised: 0 at the validation scans' mean, 1 for each standard deviation. */
export const combinedDistance = ({ features, looks }: Outliers['scales'], distance: Distance): number =>
  inDeviations(features, distance.features) + inDeviations(looks, distance.looks);

const inDeviations = ({ mean, deviation }: z.infer<typeof Scale>, value: number): number =>
  (value - mean) / deviation;

/** Whether, and how far, a scan is beyond a limit, by both distances together or by appearance alone; null if it is not. */
export function outlierGrade(
  { limits, scales }: Pick<Outliers, 'limits' | 'scales'>,
  distance: Distance,
): { how: 'far' | 'somewhat'; distance: number; limit: number } | null {
  const both = combinedDistance(scales, distance);
  for (const how of ['far', 'somewhat'] as const) {
    const [limit, ofLooks] = [limits[how], limits.looks?.[how] ?? null];
    if (limit !== null && both > limit) return { how, distance: both, limit };
    if (ofLooks !== null && distance.looks > ofLooks)
      return {
        how,
        distance: inDeviations(scales.looks, distance.looks),
        limit: inDeviations(scales.looks, ofLooks),
      };
  }
  return null;
}

const leastGroups = ([negative, positive]: Calibration): number => Math.min(negative.groups, positive.groups);

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * Writes what was fitted into a run's folder and its manifest.
 * @returns false for a run whose manifest is missing or damaged: nothing is written then.
 */
export function writeFitted(folder: string, fitted: Fitted, known: Rows, signatures: Float32Array): boolean {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return false;
  replaceFile(join(folder, fittedFiles.features), bytesOf(known.values));
  replaceFile(join(folder, fittedFiles.twins), bytesOf(signatures));
  replaceFile(join(folder, fittedFiles.facts), JSON.stringify(fitted));
  const stamped = Object.fromEntries(
    Object.values(fittedFiles).map((name) => [name, stampOf(join(folder, name))] as const),
  );
  writeManifest(folder, { ...manifest, fitted: stamped });
  return true;
}

/** Fits already read, by folder, valid while the manifest's stamp is the same: a second scan is answered at once. */
const read = new Map<string, { stamp: string; run: FittedRun }>();
const MOST = 12;

/** What was fitted for a run; null if it never was, is of another model, or is damaged: then it must be fitted again. */
export function fittedOf({ folder }: Pick<Run, 'folder'>): FittedRun | null {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string' || !manifest.fitted) return null;
  const stamp = JSON.stringify([manifest.fitted, modelHash(folder)]);
  const before = read.get(folder);
  if (before?.stamp === stamp) return before.run;
  const run = readFitted(folder, manifest.fitted);
  if (run) read.set(folder, { stamp, run });
  for (const key of read.keys()) if (read.size > MOST) read.delete(key);
  return run;
}

function readFitted(
  folder: string,
  stamps: Readonly<Record<string, { bytes: number; sha256: string }>>,
): FittedRun | null {
  for (const name of Object.values(fittedFiles)) {
    const stamp = stamps[name];
    if (!stamp || !isAsStamped(join(folder, name), stamp)) return null;
  }
  const fitted = Fitted.safeParse(JSON.parse(readFileSync(join(folder, fittedFiles.facts), 'utf8')));
  if (!fitted.success || fitted.data.model !== modelHash(folder)) return null;
  const channels = fitted.data.outliers?.channels ?? 1;
  const known = { values: floatsIn(join(folder, fittedFiles.features)), channels };
  return new FittedRun(fitted.data, known, floatsIn(join(folder, fittedFiles.twins)));
}

function floatsIn(file: string): Float32Array {
  const bytes = readFileSync(file);
  const values = new Float32Array(bytes.byteLength / 4);
  new Uint8Array(values.buffer).set(bytes);
  return values;
}
