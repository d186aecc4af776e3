import { measureNames, measureTable, type MeasureName } from '../contract/measures.ts';
import type { Metrics } from '../contract/records.ts';
import { f1CountsOf, shareOf, type Confusion, type Counts } from './confusion.ts';
import type { Outcome, ProbabilityMeasures } from './grouped.ts';
import { aucInterval, wilson, type Interval } from './intervals.ts';

/** For one run: its counts if it is a proportion, its 95 % interval if there is one. */
export type Measure = {
  value: number | null;
  counts: Counts | null;
  interval: Interval | null;
};

type Formula = {
  /** A proportion, or a number; null if undefined. */
  of: (
    confusion: Confusion,
    auc: number | null,
    probabilities: ProbabilityMeasures | undefined,
  ) => Counts | number | null;
  /**
   * How many groups of scans bear on it, for each class separately if it is a mean of both: this gives the exact interval if all is
   * right and a bootstrap has nothing to vary. Null: no exact interval is known.
   * @param having counts the groups that have a scan of one of these outcomes.
   */
  evidence: ((having: (...outcomes: (keyof Confusion)[]) => number) => number[]) | null;
  /** A sum of absolute gaps: sampling inflates it, and a bootstrap's draws do once more. */
  biased?: true;
};

/** How each measure of `contract/measures.ts` is computed. */
const formulas: Readonly<Record<MeasureName, Formula>> = {
  accuracy: { of: shareOf.accuracy, evidence: (having) => [having('tp', 'fp', 'tn', 'fn')] },
  balancedAccuracy: {
    of: (confusion) => {
      const [positives, negatives] = [shareOf.sensitivity(confusion), shareOf.specificity(confusion)];
      return positives.value === null || negatives.value === null
        ? null
        : (positives.value + negatives.value) / 2;
    },
    evidence: (having) => [having('tp', 'fn'), having('fp', 'tn')],
  },
  sensitivity: { of: shareOf.sensitivity, evidence: (having) => [having('tp', 'fn')] },
  specificity: { of: shareOf.specificity, evidence: (having) => [having('fp', 'tn')] },
  ppv: { of: shareOf.ppv, evidence: (having) => [having('tp', 'fp')] },
  npv: { of: shareOf.npv, evidence: (having) => [having('tn', 'fn')] },
  // Its counts are not scans, so it has no interval.
  f1: { of: f1CountsOf, evidence: (having) => [having('tp', 'fn')] },
  auc: {
    of: (_, auc) => auc,
    // The number of pairs that share no group.
    evidence: (having) => [Math.min(having('tp', 'fn'), having('fp', 'tn'))],
  },
  mcc: { of: matthews, evidence: null },
  prAuc: { of: (_, __, of) => of?.averagePrecision ?? null, evidence: null },
  brier: { of: (_, __, of) => of?.brier ?? null, evidence: null },
  brierScaled: { of: (_, __, of) => of?.brierScaled ?? null, evidence: null },
  logLoss: { of: (_, __, of) => of?.logLoss ?? null, evidence: null },
  calibrationSlope: { of: (_, __, of) => of?.calibration.slope ?? null, evidence: null },
  calibrationIntercept: { of: (_, __, of) => of?.calibration.intercept ?? null, evidence: null },
  ece: { of: (_, __, of) => of?.ece ?? null, evidence: null, biased: true },
};

/**
 * Matthews correlation of label and prediction, −1 to 1 (Matthews 1975, Biochimica et Biophysica Acta 405, 442–451); 0, as in
 * scikit-learn, if all predictions or all labels are the same, and null without scans.
 */
function matthews({ tp, fp, tn, fn }: Confusion): number | null {
  if (tp + fp + tn + fn === 0) return null;
  const margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return margins === 0 ? 0 : (tp * tn - fp * fn) / Math.sqrt(margins);
}

export const evidenceOf = (name: MeasureName): Formula['evidence'] => formulas[name].evidence;

export const isBiased = (name: MeasureName): boolean => formulas[name].biased ?? false;

/** One measure's value and its counts. */
export function measureOf(
  name: MeasureName,
  { confusion, auc, probabilities }: Outcome,
): Pick<Measure, 'value' | 'counts'> {
  const found = formulas[name].of(confusion, auc, probabilities);
  if (found === null || typeof found === 'number') return { value: found, counts: null };
  const { count, of } = found;
  return { value: of === 0 ? null : count / of, counts: { count, of } };
}

/** The values of all measures. */
export const valuesOf = (outcome: Outcome): Record<MeasureName, number | null> =>
  Object.fromEntries(measureNames.map((name) => [name, measureOf(name, outcome).value])) as Record<
    MeasureName,
    number | null
  >;

/** @param metrics of the test set. */
export function measuresOf(metrics: Outcome | Metrics): Record<MeasureName, Measure> {
  return Object.fromEntries(
    measureNames.map((name) => {
      const measure = measureOf(name, metrics);
      return [name, { ...measure, interval: intervalOf(name, measure, metrics.confusion) }];
    }),
  ) as Record<MeasureName, Measure>;
}

function intervalOf(
  name: MeasureName,
  { value, counts }: Pick<Measure, 'value' | 'counts'>,
  { tp, fp, tn, fn }: Confusion,
): Interval | null {
  switch (measureTable[name].interval) {
    case 'wilson':
      return counts && wilson(counts);
    case 'auc':
      return value === null ? null : aucInterval(value, tp + fn, tn + fp);
    case null:
      return null;
  }
}
