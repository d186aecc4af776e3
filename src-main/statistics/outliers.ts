import { incompleteBeta } from './distributions.ts';

/**
 * How far something is from what is known: for a few measures Mahalanobis's distance, their covariance shrunk towards independence.
 * For a network's features it is the distance to the k-th nearest neighbour (`check/known-rows.ts`).
 */

/** Rows of numbers, float32 [count, channels]. */
export type Rows = { values: Float32Array; channels: number };

/** Each row scaled to length 1; a zero row stays so. */
export function unitRows({ values, channels }: Rows): Rows {
  const unit = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += channels) {
    let squares = 0;
    for (let i = from; i < from + channels; i += 1) squares += values[i]! * values[i]!;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = from; i < from + channels; i += 1) unit[i] = scale * values[i]!;
  }
  return { values: unit, channels };
}

/** The typical range of measures: their mean, and the inverse of their covariance, row after row. */
export type Spread = { mean: number[]; precision: number[] };

/**
 * @param rows each of the same few measures. @param shrinkage 0 to 1: how far the covariance is shrunk towards that of independent
 *   measures (Schäfer and Strimmer 2005, target D).
 */
export function spreadOf(rows: readonly (readonly number[])[], shrinkage = 0.1): Spread {
  const n = rows[0]?.length ?? 0;
  const mean = Array.from({ length: n }, (_, i) => meanOf(rows.map((row) => row[i]!)));
  const covariance = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const apart = new Float64Array(n);
  for (const row of rows) {
    for (let i = 0; i < n; i += 1) apart[i] = row[i]! - mean[i]!;
    for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) covariance[i]![j]! += apart[i]! * apart[j]!;
  }
  // A measure that never varies must not make everything else infinitely far.
  const shrunk = covariance.map((row, i) =>
    row.map((sum, j) => (i === j ? sum / rows.length + 1e-6 : ((1 - shrinkage) * sum) / rows.length)),
  );
  return { mean, precision: inverseOf(shrunk).flat() };
}

/** Mahalanobis's distance. */
export function mahalanobis({ mean, precision }: Spread, row: readonly number[]): number {
  const n = mean.length;
  let sum = 0;
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < n; j += 1) sum += (row[i]! - mean[i]!) * precision[i * n + j]! * (row[j]! - mean[j]!);
  return Math.sqrt(Math.max(0, sum));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gauss–Jordan with pivots. @param matrix symmetric, positive definite. */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column; row < n; row += 1)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = rows[column]![column]!;
    rows[column] = rows[column]!.map((value) => value / scale);
    for (let row = 0; row < n; row += 1) {
      const factor = rows[row]![column]!;
      if (row !== column) rows[row] = rows[row]!.map((value, i) => value - factor * rows[column]![i]!);
    }
  }
  return rows.map((row) => row.slice(n));
}

/** Distances of known things, with their weights: a group's add up to one. */
export type WeightedValues = readonly { value: number; weight: number }[];

/**
 * The limit that the given share of typical values exceeds: the quantile of Harrell and Davis 1982 (Biometrika 69), a mean of all
 * values, weighted by how likely each is to be it. With so few groups the largest value alone would be unreliable.
 * @param falseAlarms 0 to 1. @returns Infinity for fewer than 5 groups: nothing counts as an outlier then.
 */
export function limitOf(values: WeightedValues, falseAlarms: number): number {
  const groups = values.reduce((sum, { weight }) => sum + weight, 0);
  if (groups < 5 - 1e-9) return Infinity;
  const [a, b] = [(groups + 1) * (1 - falseAlarms), (groups + 1) * falseAlarms];
  let [limit, before, below] = [0, 0, 0];
  for (const { value, weight } of values.toSorted((one, other) => one.value - other.value)) {
    below += weight / groups;
    const likely = incompleteBeta(Math.min(1, below), a, b);
    limit += (likely - before) * value;
    before = likely;
  }
  return limit + (1 - before) * values.reduce((most, { value }) => Math.max(most, value), -Infinity);
}

/** Weighted mean and standard deviation; 1 in place of a deviation of 0. */
export function weightedSpread(values: WeightedValues): { mean: number; deviation: number } {
  const weights = values.reduce((sum, { weight }) => sum + weight, 0);
  const mean = values.reduce((sum, { value, weight }) => sum + weight * value, 0) / weights;
  const squares = values.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / weights) || 1 };
}

/** The share beyond a limit, 0 to 1; null without values. */
export function shareBeyond(values: WeightedValues, limit: number): number | null {
  const weights = values.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return null;
  return values.reduce((sum, { value, weight }) => sum + (value > limit ? weight : 0), 0) / weights;
}
