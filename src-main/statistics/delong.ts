import { answersAll } from './confusion.ts';
import { normalQuantile, twoSided } from './distributions.ts';
import { TAIL, type Interval } from './intervals.ts';

/**
 * Areas under the ROC curve of several models on the same answers, and their covariance: DeLong, DeLong and Clarke-Pearson 1988
 * (Biometrics 44, 837–845), by midranks as Sun and Xu 2014 (IEEE Signal Processing Letters 21, 1389–1393). Where several answers
 * belong to one scan or patient their components are summed within the group first: Obuchowski 1997 (Biometrics 53, 567–578), which
 * equals DeLong's if each answer is a group of its own.
 */
export type Areas = {
  /** One per model. */
  auc: number[];
  /** [models][models]; NaN if a class has fewer than two groups. */
  covariance: number[][];
};

/**
 * @param labels 1 for the positive class, otherwise 0.
 * @param models probabilities of each, in the order of the labels.
 * @param groups of each answer; each its own when left out.
 * @returns null if a class is missing or a probability is not a number.
 */
export function areasOf(
  labels: ArrayLike<number>,
  models: readonly ArrayLike<number>[],
  groups?: ArrayLike<number>,
): Areas | null {
  const n = labels.length;
  const positives = indicesOf(labels, 1);
  const negatives = indicesOf(labels, 0);
  if (positives.length === 0 || negatives.length === 0) return null;
  if (!models.every((probabilities) => answersAll(labels, probabilities))) return null;
  const parts = models.map((probabilities) => components(probabilities, positives, negatives));
  const auc = parts.map(({ auc: area }) => area);

  // The summed deviations of each group's positives and negatives from the area.
  const places = new Map<number, number>();
  const groupOf = Array.from({ length: n }, (_, i) => {
    const group = groups ? groups[i]! : i;
    const place = places.get(group) ?? places.size;
    places.set(group, place);
    return place;
  });
  const having = (some: readonly number[]) => new Set(some.map((i) => groupOf[i]!)).size;
  const [groups1, groups0, all] = [having(positives), having(negatives), places.size];
  const sums = parts.map(({ auc: area, of }) => {
    const one = new Float64Array(all);
    const zero = new Float64Array(all);
    for (const i of positives) one[groupOf[i]!]! += of[i]! - area;
    for (const i of negatives) zero[groupOf[i]!]! += of[i]! - area;
    return { one, zero };
  });
  const [n1, n0] = [positives.length, negatives.length];
  const covariance = sums.map((r) =>
    sums.map((s) => {
      const s10 = (groups1 / ((groups1 - 1) * n1)) * dot(r.one, s.one);
      const s01 = (groups0 / ((groups0 - 1) * n0)) * dot(r.zero, s.zero);
      const s11 = all > 1 ? (all / (all - 1)) * (dot(r.one, s.zero) + dot(r.zero, s.one)) : 0;
      return s10 / n1 + s01 / n0 + s11 / (n1 * n0);
    }),
  );
  return { auc, covariance };
}

/** For one model: the area, and for each answer the share of the other class that it is ranked correctly against. */
function components(
  probabilities: ArrayLike<number>,
  positives: readonly number[],
  negatives: readonly number[],
): { auc: number; of: Float64Array } {
  const of = new Float64Array(probabilities.length);
  const all = midranks(probabilities, [...positives, ...negatives]);
  const within1 = midranks(probabilities, positives);
  const within0 = midranks(probabilities, negatives);
  let sum = 0;
  for (const i of positives) sum += of[i] = (all[i]! - within1[i]!) / negatives.length;
  for (const i of negatives) of[i] = 1 - (all[i]! - within0[i]!) / positives.length;
  return { auc: sum / positives.length, of };
}

/** Ranks from 1 of the values at `of`, ties sharing their mean; by their index. */
function midranks(values: ArrayLike<number>, of: readonly number[]): Float64Array {
  const order = of.toSorted((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

const indicesOf = (values: ArrayLike<number>, value: number): number[] =>
  Array.from({ length: values.length }, (_, i) => i).filter((i) => values[i] === value);

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** The 95 % interval of one area; null if its variance is unknown or nothing varies. */
export function areaInterval({ auc, covariance }: Areas, model: number): Interval | null {
  const variance = covariance[model]![model]!;
  if (!(variance > 0)) return null;
  const half = normalQuantile(1 - TAIL) * Math.sqrt(variance);
  return { low: Math.max(0, auc[model]! - half), high: Math.min(1, auc[model]! + half) };
}

/** A difference between two models on the same scans: a − b. */
export type Difference = Interval & {
  value: number;
  /** Two-sided p-value of no difference. */
  p: number;
};

/** The difference of two of the areas; null if nothing varies. @param a of the models. @param b of the models. */
export function areaDifference({ auc, covariance }: Areas, a: number, b: number): Difference | null {
  const variance = covariance[a]![a]! + covariance[b]![b]! - 2 * covariance[a]![b]!;
  const value = auc[a]! - auc[b]!;
  // What rounding leaves of a model compared with itself.
  if (!(variance > 1e-15)) return null;
  const error = Math.sqrt(variance);
  const half = normalQuantile(1 - TAIL) * error;
  return {
    value,
    low: Math.max(-1, value - half),
    high: Math.min(1, value + half),
    p: twoSided(value / error),
  };
}
