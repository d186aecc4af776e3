import { answersAll, type Confusion } from './confusion.ts';

/** A distinct probability, and the scans of each class at or above it, which are called positive there. */
export type Step = { threshold: number; tp: number; fp: number };

/** One point of the ROC curve: the scans at or above `threshold`, and their share of each class. */
export type RocPoint = Step & {
  sensitivity: number;
  /** 1 − specificity. */
  falsePositiveRate: number;
};

/** A step for each distinct probability, from the highest down; null if a probability is not a number. */
export function thresholdSteps(labels: ArrayLike<number>, probabilities: ArrayLike<number>): Step[] | null {
  if (!answersAll(labels, probabilities)) return null;
  const order = Array.from(labels, (_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const steps: Step[] = [];
  let last: Step | undefined;
  for (const i of order) {
    const threshold = probabilities[i]!;
    if (last?.threshold !== threshold) {
      last = { threshold, tp: last?.tp ?? 0, fp: last?.fp ?? 0 };
      steps.push(last);
    }
    if (labels[i] === 1) last.tp++;
    else last.fp++;
  }
  return steps;
}

/** Counts of the four outcomes at a threshold, by binary search in the sorted steps. */
export function confusionOf(steps: readonly Step[], threshold: number): Confusion {
  const all = steps.at(-1) ?? none;
  // The lowest step that is still at or above the threshold.
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]!.threshold >= threshold) low = middle + 1;
    else high = middle;
  }
  const { tp, fp } = steps[low - 1] ?? none;
  return { tp, fp, tn: all.fp - fp, fn: all.tp - tp };
}

/**
 * The ROC curve: (0, 0) at an infinite threshold, where nothing is called positive, then a point for each step. Empty if one of the
 * classes is missing.
 */
export function rocPoints(steps: readonly Step[]): RocPoint[] {
  const { tp: positives, fp: negatives } = steps.at(-1) ?? none;
  if (positives === 0 || negatives === 0) return [];
  return [none, ...steps].map((step) => ({
    ...step,
    sensitivity: step.tp / positives,
    falsePositiveRate: step.fp / negatives,
  }));
}

/**
 * Area under the ROC curve: the probability that a random positive scan is ranked above a random negative one, ties counting one
 * half (the Mann–Whitney U statistic over n₁ n₀; Hanley & McNeil 1982). Null if one of the classes is missing.
 */
export function aucOf(steps: readonly Step[]): number | null {
  const pairs = new Pairs();
  let before = none;
  for (const step of steps) {
    pairs.add(step.tp - before.tp, step.fp - before.fp);
    before = step;
  }
  return pairs.all === 0 ? null : pairs.won / pairs.all;
}

/**
 * Pairs of a positive and a negative scan, counted from the highest probability down. They are multiples of one half, so exact up
 * to 2⁵² of them: 67 million scans of each class.
 */
export class Pairs {
  #positives = 0;
  #negatives = 0;
  #won = 0;

  /** The scans of the next lower probability. */
  add(positives: number, negatives: number): void {
    // Each negative of these loses to all positives above it, and ties with those of the same probability.
    this.#won += negatives * (this.#positives + positives / 2);
    this.#positives += positives;
    this.#negatives += negatives;
  }

  /** Pairs in which the positive scan has the higher probability; a tie counts one half. */
  get won(): number {
    return this.#won;
  }

  get all(): number {
    return this.#positives * this.#negatives;
  }
}

const none: Step = { threshold: Infinity, tp: 0, fp: 0 };
