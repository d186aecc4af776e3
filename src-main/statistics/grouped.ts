import type { Confusion } from './confusion.ts';
import { clampProbability, logitOf } from './probability.ts';
import { binOf, calibrationOf, type Calibration } from './reliability.ts';
import { Pairs } from './roc.ts';

/** A classifier's answer for one scan. */
export type GroupedAnswer = {
  /** Scans of one group are not independent evidence. */
  group: number;
  /** 1: the positive class. */
  label: 0 | 1;
  /** Of the positive class, 0 to 1. */
  probability: number;
};

const outcomes = ['tp', 'fp', 'tn', 'fn'] as const;

/** Bins of the expected calibration error. */
export const CALIBRATION_BINS = 10;

/** Measures of the probabilities themselves, whatever the threshold; null if undefined. */
export type ProbabilityMeasures = {
  /** Area under the precision–recall curve. */
  averagePrecision: number | null;
  /** Mean squared difference of probability and label. */
  brier: number | null;
  /** 1 − Brier over that of always predicting the prevalence. */
  brierScaled: number | null;
  /** Mean negative log-likelihood, nats. */
  logLoss: number | null;
  calibration: Calibration;
  /** Expected calibration error. */
  ece: number | null;
};

/**
 * What measures are computed from: the confusion matrix at the threshold, the area under the ROC curve and, if the answers
 * themselves are available, measures of their probabilities.
 */
export type Outcome = { confusion: Confusion; auc: number | null; probabilities?: ProbabilityMeasures };

/**
 * Answers in groups, arranged so that any multiplicity of each group can be measured, as in a bootstrap by group. The scans are
 * sorted and counted once.
 */
export class GroupedAnswers {
  readonly groups: number;
  /** For each group the number of each outcome. */
  readonly #tallies: Uint32Array;
  /** Highest probability first. */
  readonly #sorted: readonly GroupedAnswer[];
  /** Of `#sorted`: logit, label, the label's log-likelihood, bin. */
  readonly #logits: Float64Array;
  readonly #labels: Uint8Array;
  readonly #logLikelihoods: Float64Array;
  readonly #bins: Uint8Array;
  /** Refilled by each call. */
  readonly #weights: Float64Array;
  readonly #gaps = new Float64Array(CALIBRATION_BINS);

  /** @param threshold from this probability on a scan is called positive. */
  constructor(answers: readonly GroupedAnswer[], threshold: number) {
    const numbers = new Map<number, number>();
    for (const { group } of answers) if (!numbers.has(group)) numbers.set(group, numbers.size);
    this.groups = numbers.size;
    this.#tallies = new Uint32Array(outcomes.length * this.groups);
    this.#sorted = answers
      .map(({ group, label, probability }) => ({ group: numbers.get(group)!, label, probability }))
      .sort((a, b) => b.probability - a.probability);
    for (const { group, label, probability } of this.#sorted) {
      const called = probability >= threshold;
      const outcome = label === 1 ? (called ? 'tp' : 'fn') : called ? 'fp' : 'tn';
      this.#tallies[outcomes.length * group + outcomes.indexOf(outcome)]! += 1;
    }
    this.#logits = Float64Array.from(this.#sorted, ({ probability }) => logitOf(probability));
    this.#labels = Uint8Array.from(this.#sorted, ({ label }) => label);
    this.#logLikelihoods = Float64Array.from(this.#sorted, ({ label, probability }) => {
      const p = clampProbability(probability);
      return label === 1 ? Math.log(p) : Math.log1p(-p);
    });
    this.#bins = Uint8Array.from(this.#sorted, ({ probability }) => binOf(probability, CALIBRATION_BINS));
    this.#weights = new Float64Array(this.#sorted.length);
  }

  /** Each group once. */
  get once(): Uint32Array {
    return new Uint32Array(this.groups).fill(1);
  }

  /** Number of groups with a scan of one of these outcomes. */
  having(...some: (keyof Confusion)[]): number {
    let count = 0;
    for (let group = 0; group < this.groups; group += 1)
      if (some.some((outcome) => this.#tallies[outcomes.length * group + outcomes.indexOf(outcome)]! > 0))
        count += 1;
    return count;
  }

  /** @param times how often each group is counted. */
  confusion(times: ArrayLike<number>): Confusion {
    const sums = [0, 0, 0, 0];
    for (let group = 0; group < this.groups; group += 1)
      for (let at = 0; at < outcomes.length; at += 1)
        sums[at]! += times[group]! * this.#tallies[outcomes.length * group + at]!;
    return { tp: sums[0]!, fp: sums[1]!, tn: sums[2]!, fn: sums[3]! };
  }

  /**
   * Area under the ROC curve (Mann–Whitney's), each scan counted as often as its group; null if a class is missing.
   * @param times how often each group is counted.
   */
  auc(times: ArrayLike<number>): number | null {
    const pairs = new Pairs();
    for (let at = 0; at < this.#sorted.length;) {
      const { probability } = this.#sorted[at]!;
      let [here1, here0] = [0, 0];
      for (; at < this.#sorted.length && this.#sorted[at]!.probability === probability; at += 1) {
        const { group, label } = this.#sorted[at]!;
        if (label === 1) here1 += times[group]!;
        else here0 += times[group]!;
      }
      pairs.add(here1, here0);
    }
    return pairs.all === 0 ? null : 1 - (pairs.all - pairs.won) / pairs.all;
  }

  /** Everything that measures are computed from. @param times how often each group is counted. */
  outcome(times: ArrayLike<number>): Outcome {
    return {
      confusion: this.confusion(times),
      auc: this.auc(times),
      probabilities: this.probabilityMeasures(times),
    };
  }

  /**
   * The expected calibration error for labels drawn from the probabilities themselves: its value by chance alone if the true one is
   * 0 (consistency resampling; Bröcker and Smith 2007, Weather and Forecasting 22, 651–661). A group has one draw, since its images
   * show one scan.
   * @param drawn one per group, 0 to below 1.
   */
  eceIfCalibrated(drawn: ArrayLike<number>): number {
    const gaps = this.#gaps.fill(0);
    for (let at = 0; at < this.#sorted.length; at += 1) {
      const { group, probability } = this.#sorted[at]!;
      gaps[this.#bins[at]!]! += (drawn[group]! < probability ? 1 : 0) - probability;
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / this.#sorted.length;
  }

  /** @param times how often each group is counted. */
  probabilityMeasures(times: ArrayLike<number>): ProbabilityMeasures {
    const count = this.#sorted.length;
    const weights = this.#weights;
    const ownGap = this.#gaps.fill(0);
    let [n, positives, squares, loss, precision] = [0, 0, 0, 0, 0];
    for (let at = 0; at < count;) {
      // Equal probabilities are one step of the precision–recall curve.
      const { probability } = this.#sorted[at]!;
      let here = 0;
      for (; at < count && this.#sorted[at]!.probability === probability; at += 1) {
        const { group, label } = this.#sorted[at]!;
        const weight = times[group]!;
        weights[at] = weight;
        n += weight;
        if (label === 1) here += weight;
        squares += weight * (probability - label) ** 2;
        loss -= weight * this.#logLikelihoods[at]!;
        ownGap[this.#bins[at]!]! += weight * (label - probability);
      }
      positives += here;
      if (here > 0) precision += (here * positives) / n;
    }
    const prevalence = positives / n;
    const brier = squares / n;
    const mixed = prevalence * (1 - prevalence);
    return n === 0
      ? nothing
      : {
          averagePrecision: positives === 0 ? null : precision / positives,
          brier,
          brierScaled: mixed === 0 ? null : 1 - brier / mixed,
          logLoss: loss / n,
          calibration: calibrationOf(this.#labels, this.#logits, weights),
          ece: ownGap.reduce((sum, gap) => sum + Math.abs(gap), 0) / n,
        };
  }
}

const nothing: ProbabilityMeasures = {
  averagePrecision: null,
  brier: null,
  brierScaled: null,
  logLoss: null,
  calibration: { slope: null, intercept: null },
  ece: null,
};
