import type { Confusion } from './confusion.ts';
import { Pairs } from './roc.ts';

/** A classifier's answer to one scan. */
export type GroupedAnswer = {
  /** Scans of one group are no independent evidence. */
  group: number;
  /** 1: the positive class. */
  label: 0 | 1;
  /** Of the positive class, 0 to 1. */
  probability: number;
};

const outcomes = ['tp', 'fp', 'tn', 'fn'] as const;

/**
 * Answers in groups, so put that any number of each group can be measured: what a bootstrap by group draws from. The
 * scans are sorted and counted once, whatever is asked of them.
 */
export class GroupedAnswers {
  readonly groups: number;
  /** Of each group how many of each outcome. */
  readonly #tallies: Uint32Array;
  /** Highest probability first. */
  readonly #sorted: readonly GroupedAnswer[];

  /** @param threshold at or above it a scan is called positive. */
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
  }

  /** Each group once. */
  get once(): Uint32Array {
    return new Uint32Array(this.groups).fill(1);
  }

  /** How many groups have a scan of one of these outcomes. */
  having(...some: (keyof Confusion)[]): number {
    let count = 0;
    for (let group = 0; group < this.groups; group += 1)
      if (some.some((outcome) => this.#tallies[outcomes.length * group + outcomes.indexOf(outcome)]! > 0))
        count += 1;
    return count;
  }

  /** @param times how often each group is there. */
  confusion(times: ArrayLike<number>): Confusion {
    const sums = [0, 0, 0, 0];
    for (let group = 0; group < this.groups; group += 1)
      for (let at = 0; at < outcomes.length; at += 1)
        sums[at]! += times[group]! * this.#tallies[outcomes.length * group + at]!;
    return { tp: sums[0]!, fp: sums[1]!, tn: sums[2]!, fn: sums[3]! };
  }

  /**
   * Area under the ROC curve (Mann–Whitney's), each scan as often as its group is there; null when a class is absent.
   * @param times how often each group is there.
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
}
