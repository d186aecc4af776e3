import type { Metrics } from '../contract/records.ts';
import { foldMeasureNames, type FoldMeasure, type FoldMeasureName } from '../contract/views.ts';
import { drawUnits, percentileInterval, REPLICATES } from '../statistics/bootstrap.ts';
import { f1Of, sharesOf, type Confusion } from '../statistics/confusion.ts';
import { meanLowOfAll } from '../statistics/intervals.ts';
import { randomFrom } from '../statistics/random.ts';
import { Pairs } from '../statistics/roc.ts';
import { PIECE, type Pieces } from '../system/pieces.ts';
import { measure } from './compute-metrics.ts';

/** A scan as the network judges it that was trained on the other folds. */
export interface OutOfFold {
  fold: number;
  /** Scans of one group are no independent evidence. */
  group: number;
  /** 1: the positive class. */
  label: 0 | 1;
  /** Of the positive class, 0 to 1. */
  probability: number;
}

/** All measures of one list of scans, 0 to 1. */
export type FoldValues = Record<FoldMeasureName, number | null>;

export interface Pooled {
  /** By fold. */
  values: Map<number, FoldValues>;
  confusion: Metrics['confusion'];
  groups: number;
  measures: Record<FoldMeasureName, FoldMeasure>;
}

/**
 * What a network is worth by cross-validation: the mean and standard deviation of the folds' own figures, and the
 * figures of all answers together. The interval of the latter is the percentile interval of a cluster bootstrap, which
 * draws whole groups with replacement (Field and Welsh 2007, J R Stat Soc B 69); where nothing varies, because all is
 * right or all wrong, the exact binomial one of as many groups. It does not say how other training images would have
 * made another network: no estimate without bias of that exists from one cross-validation (Bengio and Grandvalet
 * 2004, JMLR 5). The pooled AUC compares probabilities of different networks, so it can lie below the folds' own.
 * @param answers each scan once.
 */
export function* pooling(answers: readonly OutOfFold[], threshold: number, seed = 7): Pieces<Pooled> {
  const values = new Map<number, FoldValues>();
  for (const fold of [...new Set(answers.map((answer) => answer.fold))].sort((a, b) => a - b)) {
    values.set(
      fold,
      valuesOf(
        answers.filter((answer) => answer.fold === fold),
        threshold,
      ),
    );
    yield;
  }
  const all = tallied(answers, threshold);
  const whole = new Uint32Array(all.groups).fill(1);
  const pooled = all.values(whole);
  const drawn = yield* replicates(all, seed);
  const measures = Object.fromEntries(
    foldMeasureNames.map((name): [string, FoldMeasure] => [
      name,
      {
        ...spreadOf([...values.values()].map((fold) => fold[name])),
        pooled: pooled[name],
        ...intervalOf(pooled[name], drawn[name], all.evidence[name]),
      },
    ]),
  ) as Pooled['measures'];
  return { values, confusion: all.confusion(whole), groups: all.groups, measures };
}

function valuesOf(answers: readonly OutOfFold[], threshold: number): FoldValues {
  const { confusion, auc } = measure(
    answers.map(({ label }) => label),
    answers.map(({ probability }) => probability),
    threshold,
  )!;
  return { ...valuesAt(confusion), auc };
}

function valuesAt(confusion: Confusion): Omit<FoldValues, 'auc'> {
  const { accuracy, sensitivity, specificity, ppv, npv } = sharesOf(confusion);
  const [of1, of0] = [sensitivity.value, specificity.value];
  return {
    accuracy: accuracy.value,
    balancedAccuracy: of1 === null || of0 === null ? null : (of1 + of0) / 2,
    sensitivity: of1,
    specificity: of0,
    ppv: ppv.value,
    npv: npv.value,
    f1: f1Of(confusion),
  };
}

/** Standard deviation with n − 1. */
function spreadOf(values: readonly (number | null)[]): Pick<FoldMeasure, 'mean' | 'sd'> {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return { mean: null, sd: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : null };
}

/** The scans, so put that any number of each group can be measured. */
interface Tallied {
  groups: number;
  /** @param times how often each group is there. */
  confusion: (times: ArrayLike<number>) => Confusion;
  values: (times: ArrayLike<number>) => FoldValues;
  /** How many groups say something of each measure: for both classes apart where it is of both. */
  evidence: Record<FoldMeasureName, number[]>;
}

function tallied(answers: readonly OutOfFold[], threshold: number): Tallied {
  const numbers = new Map<number, number>();
  for (const { group } of answers) if (!numbers.has(group)) numbers.set(group, numbers.size);
  const groups = numbers.size;
  const tallies = new Uint32Array(4 * groups); // tp, fp, tn, fn of each
  const sorted = answers
    .map(({ group, label, probability }) => ({ group: numbers.get(group)!, label, probability }))
    .sort((a, b) => b.probability - a.probability);
  for (const { group, label, probability } of sorted) {
    const called = probability >= threshold;
    tallies[4 * group + (label === 1 ? (called ? 0 : 3) : called ? 1 : 2)]! += 1;
  }
  const having = (some: readonly number[]) =>
    Array.from({ length: groups }, (_, group) => group).filter((group) =>
      some.some((at) => tallies[4 * group + at]! > 0),
    ).length;
  const [positive, negative] = [having([0, 3]), having([1, 2])];
  const confusion = (times: ArrayLike<number>): Confusion => {
    const sums = [0, 0, 0, 0];
    for (let group = 0; group < groups; group += 1)
      for (let at = 0; at < 4; at += 1) sums[at]! += times[group]! * tallies[4 * group + at]!;
    return { tp: sums[0]!, fp: sums[1]!, tn: sums[2]!, fn: sums[3]! };
  };
  return {
    groups,
    confusion,
    values: (times) => ({ ...valuesAt(confusion(times)), auc: aucOf(sorted, times) }),
    evidence: {
      accuracy: [groups],
      balancedAccuracy: [positive, negative],
      sensitivity: [positive],
      specificity: [negative],
      ppv: [having([0, 1])],
      npv: [having([2, 3])],
      f1: [positive],
      // As many pairs that share no group.
      auc: [Math.min(positive, negative)],
    },
  };
}

/** Mann–Whitney's, each scan as often as its group is there. @param sorted highest probability first. */
function aucOf(
  sorted: readonly { group: number; label: 0 | 1; probability: number }[],
  times: ArrayLike<number>,
): number | null {
  const pairs = new Pairs();
  for (let at = 0; at < sorted.length;) {
    const { probability } = sorted[at]!;
    let [here1, here0] = [0, 0];
    for (; at < sorted.length && sorted[at]!.probability === probability; at += 1) {
      const { group, label } = sorted[at]!;
      if (label === 1) here1 += times[group]!;
      else here0 += times[group]!;
    }
    pairs.add(here1, here0);
  }
  return pairs.all === 0 ? null : 1 - (pairs.all - pairs.won) / pairs.all;
}

function* replicates(all: Tallied, seed: number): Pieces<Record<FoldMeasureName, number[]>> {
  const random = randomFrom(seed, 'folds bootstrap');
  const drawn = Object.fromEntries(foldMeasureNames.map((name) => [name, [] as number[]])) as Record<
    FoldMeasureName,
    number[]
  >;
  const times = new Uint32Array(all.groups);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    times.fill(0);
    drawUnits(all.groups, random, (group) => {
      times[group]! += 1;
    });
    const values = all.values(times);
    for (const name of foldMeasureNames) {
      const value = values[name];
      if (value !== null) drawn[name].push(value); // a class may be missing where few scans have it
    }
    if (replicate % Math.ceil(PIECE / all.groups) === 0) yield;
  }
  return drawn;
}

function intervalOf(
  value: number | null,
  drawn: readonly number[],
  evidence: readonly number[],
): Pick<FoldMeasure, 'low' | 'high'> {
  if (value === null || drawn.length === 0) return { low: null, high: null };
  const { low, high } = percentileInterval(drawn);
  const lowest = meanLowOfAll(evidence);
  return { low: value === 1 ? lowest : low, high: value === 0 ? 1 - lowest : high };
}
