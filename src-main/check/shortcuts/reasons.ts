import type { Shortcut } from '../../contract/check.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { weightedQuantile } from '../../statistics/quantiles.ts';
import { binnedColumn } from './bins.ts';
import { featuresIn, type Feature, type ShortcutKind } from './features.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { Row } from './read-rows.ts';

type Reason = Shortcut['reasons'][number];

/** Reasons that are given, how well one must tell the classes, and how like another it may be. */
const MOST = 4;
const LEAST = 0.55;
const ALIKE = 0.85;

/** A picture size, as `width × height`, is a reason of its own when so many images of a class have it. */
const FREQUENT = 0.05;

/** A number of each row. */
interface Column {
  feature: Feature;
  values: Float32Array;
  /** How its numbers are written. */
  as: 'number' | 'share' | 'yes or no';
}

/**
 * What tells the classes apart, most telling first: the features by which one rule, "more than" or "is", learned on the
 * other folds, does best. Features that say nearly the same as one before are left out.
 * @param labels 1 for the positive class, of each row. @param pause called between features: may wait, or throw.
 */
export async function reasonsOf(
  kind: ShortcutKind,
  rows: readonly Row[],
  labels: ArrayLike<number>,
  evaluated: CrossValidation,
  pause: () => Promise<void>,
): Promise<Reason[]> {
  const weights = weightsOf(evaluated, rows.length);
  const told: { column: Column; share: number }[] = [];
  for (const column of columnsOf(kind, rows, labels, weights)) {
    const share = ruleAccuracy(column.values, labels, weights, evaluated);
    if (share >= LEAST) told.push({ column, share });
    await pause();
  }
  told.sort((a, b) => b.share - a.share);
  const kept: typeof told = [];
  for (const one of told) {
    if (kept.length === MOST) break;
    if (kept.every(({ column }) => Math.abs(correlation(column.values, one.column.values)) < ALIKE))
      kept.push(one);
  }
  return kept.map(({ column, share }) => ({
    feature: column.feature,
    positive: valueOf(column, rowsOf(labels, 1), weights),
    negative: valueOf(column, rowsOf(labels, 0), weights),
    share,
    spread: spreadOf(column, labels, weights),
  }));
}

/** Bins of a spread, and the share of the values at each end that may lie outside of it. */
const SPREAD = 24;
const OUTSIDE = 0.005;

/** How the values of each class are spread, groups counting as one; null where they are yes or no, or all the same. */
function spreadOf(
  { values, as }: Column,
  labels: ArrayLike<number>,
  weights: Float64Array,
): Reason['spread'] {
  if (as === 'yes or no') return null;
  const all = Array.from(values, (_, row) => row);
  const [from, to] = quantiles(values, all, weights, [OUTSIDE, 1 - OUTSIDE]) as [number, number];
  if (!(from < to)) return null;
  const sharesOf = (label: number): number[] => {
    const shares = new Array<number>(SPREAD).fill(0);
    const rows = rowsOf(labels, label);
    const total = sum(rows.map((row) => weights[row]!));
    for (const row of rows) {
      const bin = Math.floor(((values[row]! - from) / (to - from)) * SPREAD);
      shares[Math.min(SPREAD - 1, Math.max(0, bin))]! += weights[row]! / total;
    }
    return shares.map((share) => Number(share.toPrecision(3)));
  };
  return { from: short(from), to: short(to), positive: sharesOf(1), negative: sharesOf(0) };
}

/** 1 over the images of its group, for each row. */
function weightsOf({ groups }: CrossValidation, rows: number): Float64Array {
  const weights = new Float64Array(rows);
  for (const group of groups) for (const row of group.rows) weights[row] = 1 / group.rows.length;
  return weights;
}

const rowsOf = (labels: ArrayLike<number>, label: number): number[] =>
  Array.from(labels, (_, row) => row).filter((row) => labels[row] === label);

function columnsOf(
  kind: ShortcutKind,
  rows: readonly Row[],
  labels: ArrayLike<number>,
  weights: Float64Array,
): Column[] {
  const columns = featuresIn[kind].map((feature, at): Column => ({
    feature,
    values: Float32Array.from(rows, ({ features }) => features[kind][at]!),
    as: writtenAs(feature),
  }));
  return kind === 'file' ? [...sizeColumns(rows, labels, weights), ...columns] : columns;
}

function writtenAs(feature: Feature): Column['as'] {
  switch (feature.code) {
    case 'featureFormat':
      return 'yes or no';
    case 'featureColoured':
    case 'featureGrey':
      return 'share';
    case 'featureBorder':
      return ['black', 'white'].includes(feature.parameters.measure) ? 'share' : 'number';
    default:
      return 'number';
  }
}

function sizeColumns(rows: readonly Row[], labels: ArrayLike<number>, weights: Float64Array): Column[] {
  const sizes = rows.map(({ image }) => `${image.width} × ${image.height}`);
  const frequent = new Set<string>();
  for (const label of [0, 1]) {
    const sums = new Map<string, number>();
    let total = 0;
    for (const row of rowsOf(labels, label)) {
      sums.set(sizes[row]!, (sums.get(sizes[row]!) ?? 0) + weights[row]!);
      total += weights[row]!;
    }
    for (const [size, sum] of sums) if (sum >= FREQUENT * total) frequent.add(size);
  }
  return [...frequent].sort().map((frequent) => {
    const { width, height } = rows[sizes.indexOf(frequent)]!.image;
    return {
      feature: message('featureSize', { width, height }),
      values: Float32Array.from(sizes, (size) => Number(size === frequent)),
      as: 'yes or no',
    };
  });
}

/** Balanced accuracy of the best cut of one feature, each fold evaluated by the cut that was best on the others; the mean over the repeats. */
function ruleAccuracy(
  values: Float32Array,
  labels: ArrayLike<number>,
  weights: Float64Array,
  { groups, folds, assignments }: CrossValidation,
): number {
  const { bins: column, count } = binnedColumn(values, 256);
  let accuracy = 0;
  for (const fold of assignments) {
    // By fold, class and bin: the weight of the images there.
    const mass = Array.from(
      { length: folds },
      () => [new Float64Array(count), new Float64Array(count)] as const,
    );
    groups.forEach(({ rows }, group) => {
      for (const row of rows) mass[fold[group]!]![labels[row] === 1 ? 1 : 0][column[row]!]! += weights[row]!;
    });
    accuracy += accuracyOfCuts(mass, count) / assignments.length;
  }
  return accuracy;
}

type Mass = readonly [Float64Array, Float64Array];

function accuracyOfCuts(mass: readonly Mass[], bins: number): number {
  const right = [0, 0];
  const total = [0, 0];
  mass.forEach((own, k) => {
    const others: Mass = [new Float64Array(bins), new Float64Array(bins)];
    mass.forEach((one, other) => {
      if (other === k) return;
      for (const label of [0, 1] as const)
        for (let bin = 0; bin < bins; bin += 1) others[label][bin]! += one[label][bin]!;
    });
    const cut = bestCut(others);
    for (const label of [0, 1] as const) {
      total[label]! += sum(own[label]);
      right[label]! += sum(own[label].filter((_, bin) => bin > cut.bin === (label === cut.above)));
    }
  });
  return (right[0]! / total[0]! + right[1]! / total[1]!) / 2;
}

/** Where the classes' distributions lie furthest apart, and which class lies above. */
function bestCut(byClass: Mass): { bin: number; above: 0 | 1 } {
  const [all0, all1] = [sum(byClass[0]), sum(byClass[1])];
  let [below0, below1, furthest] = [0, 0, 0];
  let cut: { bin: number; above: 0 | 1 } = { bin: 0, above: 1 };
  byClass[0].forEach((mass0, bin) => {
    below0 += mass0 / all0;
    below1 += byClass[1][bin]! / all1;
    if (Math.abs(below0 - below1) <= furthest + 1e-12) return;
    furthest = Math.abs(below0 - below1);
    cut = { bin, above: below0 > below1 ? 1 : 0 };
  });
  return cut;
}

/** Of a class: the share that has it, or the median and the middle half; groups count as one. */
function valueOf({ values, as }: Column, rows: readonly number[], weights: Float64Array): Message {
  if (as === 'yes or no')
    return message('valueShare', {
      share: short(
        sum(rows.map((row) => weights[row]! * values[row]!)) / sum(rows.map((row) => weights[row]!)),
      ),
    });
  const [low, middle, high] = quartiles(values, rows, weights).map(short) as [number, number, number];
  if (as === 'share')
    return low === high
      ? message('valueShare', { share: middle })
      : message('valueShares', { middle, low, high });
  return low === high
    ? message('valueNumber', { value: middle })
    : message('valueNumbers', { middle, low, high });
}

/** Of a number no more than is worth reading: two digits, or all before the point. */
const short = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(2));

const quartiles = (values: Float32Array, rows: readonly number[], weights: Float64Array): number[] =>
  quantiles(values, rows, weights, [0.25, 0.5, 0.75]);

function quantiles(
  values: Float32Array,
  rows: readonly number[],
  weights: Float64Array,
  wanted: readonly number[],
): number[] {
  const sorted = rows.toSorted((a, b) => values[a]! - values[b]!);
  const total = sum(rows.map((row) => weights[row]!));
  const ordered = sorted.map((row) => values[row]!);
  const theirs = sorted.map((row) => weights[row]!);
  return wanted.map((q) => weightedQuantile(ordered, theirs, total, q));
}

/** Pearson's; 0 where one of them is the same everywhere. */
function correlation(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [sum(a) / a.length, sum(b) / b.length];
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [da, db] = [a[at]! - meanA, b[at]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < values.length; at += 1) total += values[at]!;
  return total;
}
