/**
 * What probabilities are worth at a threshold, computed in the window so that a dragged threshold answers at once.
 * A scan is called positive at or above the threshold; `label` 1 is the positive class (tumour).
 */

export type Judgement = { label: 0 | 1; probability: number };
export type Confusion = { tp: number; fp: number; tn: number; fn: number };
/** A share with its counts; null where there is nothing to share. */
export type Share = { value: number | null; count: number; of: number };
export type Measures = {
  confusion: Confusion;
  accuracy: Share;
  sensitivity: Share;
  specificity: Share;
  ppv: Share;
  npv: Share;
  f1: number | null;
};
export type RocPoint = { threshold: number; sensitivity: number; falsePositiveRate: number };

/** All measures at a threshold. */
export function judge(scans: readonly Judgement[], threshold: number): Measures {
  const confusion = confusionAt(scans, threshold);
  return measuresOf(confusion);
}

/** Counts of the four outcomes. */
export function confusionAt(scans: readonly Judgement[], threshold: number): Confusion {
  const confusion = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (const { label, probability } of scans) {
    if (probability >= threshold) confusion[label === 1 ? 'tp' : 'fp']++;
    else confusion[label === 1 ? 'fn' : 'tn']++;
  }
  return confusion;
}

/** The same at many thresholds: the scans are sorted once, whatever the count of thresholds. */
export function confusionsAt(scans: readonly Judgement[], thresholds: readonly number[]): Confusion[] {
  const steps = stepsDown(scans);
  const { positives, negatives } = steps.at(-1) ?? none;
  return thresholds.map((threshold) => {
    // The lowest step that is still at or above the threshold.
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle]!.probability >= threshold) low = middle + 1;
      else high = middle;
    }
    const { positives: tp, negatives: fp } = steps[low - 1] ?? none;
    return { tp, fp, tn: negatives - fp, fn: positives - tp };
  });
}

export function measuresOf(confusion: Confusion): Measures {
  const { tp, fp, tn, fn } = confusion;
  const f1Of = 2 * tp + fp + fn;
  return {
    confusion,
    accuracy: share(tp + tn, tp + tn + fp + fn),
    sensitivity: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    ppv: share(tp, tp + fp),
    npv: share(tn, tn + fn),
    f1: f1Of === 0 ? null : (2 * tp) / f1Of,
  };
}

/**
 * The ROC curve: (0, 0), then a point for each distinct probability from the highest down.
 * Empty when one class is absent.
 */
export function rocPoints(scans: readonly Judgement[]): RocPoint[] {
  const steps = stepsDown(scans);
  const { positives, negatives } = steps.at(-1) ?? none;
  if (positives === 0 || negatives === 0) return [];
  return [
    { threshold: Infinity, sensitivity: 0, falsePositiveRate: 0 },
    ...steps.map((step) => ({
      threshold: step.probability,
      sensitivity: step.positives / positives,
      falsePositiveRate: step.negatives / negatives,
    })),
  ];
}

/**
 * Area under the ROC curve: the chance that a positive scan has a higher probability than a negative one, equal ones
 * counting one half (Mann–Whitney U over n₁ n₀). Null when one class is absent.
 */
export function auc(scans: readonly Judgement[]): number | null {
  let [wins, before] = [0, none];
  for (const step of stepsDown(scans)) {
    // Each negative of this step loses to all positives above it, and ties with those beside it.
    const [positives, negatives] = [step.positives - before.positives, step.negatives - before.negatives];
    wins += negatives * (before.positives + positives / 2);
    before = step;
  }
  return before.positives === 0 || before.negatives === 0
    ? null
    : wins / (before.positives * before.negatives);
}

/** 97.5th percentile of the standard normal distribution. */
const z = 1.959963984540054;

/** Wilson's 95 % interval of a share, or null where there is nothing to share (Wilson 1927). */
export function wilson({ count, of }: Share): [low: number, high: number] | null {
  if (of === 0) return null;
  const p = count / of;
  const denominator = 1 + z ** 2 / of;
  const centre = (p + z ** 2 / (2 * of)) / denominator;
  const half = (z / denominator) * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  // At 0 and 1 the end is exact; rounding would leave it a hair off.
  return [count === 0 ? 0 : centre - half, count === of ? 1 : centre + half];
}

function share(count: number, of: number): Share {
  return { value: of === 0 ? null : count / of, count, of };
}

type Counts = { positives: number; negatives: number };
type Step = Counts & { probability: number };

const none: Counts = { positives: 0, negatives: 0 };
/** Lists are never changed, and a dragged threshold asks about the same ones again and again. */
const sorted = new WeakMap<readonly Judgement[], Step[]>();

/** How many of each class lie at or above each distinct probability, from the highest down. */
function stepsDown(scans: readonly Judgement[]): readonly Step[] {
  const known = sorted.get(scans);
  if (known) return known;
  const steps: Step[] = [];
  let [positives, negatives] = [0, 0];
  for (const { label, probability } of [...scans].sort((a, b) => b.probability - a.probability)) {
    if (label === 1) positives++;
    else negatives++;
    const last = steps.at(-1);
    if (last?.probability === probability) Object.assign(last, { positives, negatives });
    else steps.push({ probability, positives, negatives });
  }
  sorted.set(scans, steps);
  return steps;
}
