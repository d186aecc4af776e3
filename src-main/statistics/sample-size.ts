import { normalBelow, normalQuantile } from './distributions.ts';
import { TAIL } from './intervals.ts';

/** Numbers of scans needed. Scans must be independent: several images of one patient count as one. */

const z = normalQuantile(1 - TAIL);

/**
 * Scans of one class for a 95 % interval of sensitivity or specificity of at most `half` on either side: the smallest n whose
 * Wilson interval is no wider.
 * @param expected 0 to 1. @param half 0 to 0.5.
 */
export function scansForShare(expected: number, half: number): number {
  const width = (n: number) =>
    (2 * z * Math.sqrt((expected * (1 - expected)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n);
  return leastWhere((n) => width(n) <= 2 * half);
}

/** Expectations for an external validation, and the required precision: full widths of 95 % intervals. */
export type ValidationPlan = {
  /** Share of positive scans, 0 to 1. */
  prevalence: number;
  /** Area under the ROC curve, 0.5 to 1. */
  auc: number;
  aucWidth: number;
  /** Of observed over expected positives, about 1. */
  observedOverExpectedWidth: number;
  slopeWidth: number;
  /** Criterion for net benefit; left out, there is none. */
  decision?: { threshold: number; sensitivity: number; specificity: number; width: number };
};

export type ValidationSize = {
  /** Scans for each criterion; the largest is required. */
  observedOverExpected: number;
  slope: number;
  auc: number;
  netBenefit: number | null;
  scans: number;
};

/**
 * Scans for the external validation of a model (Riley et al. 2021, Statistics in Medicine 40, 4230–4251). The logits are assumed
 * normal in each class with equal variance, which the AUC determines; their mean is such that the probabilities are calibrated.
 */
export function scansForValidation(plan: ValidationPlan): ValidationSize {
  const { prevalence, auc, decision } = plan;
  const observedOverExpected = Math.ceil(
    (1 - prevalence) / (prevalence * logErrorOfWidth(plan.observedOverExpectedWidth) ** 2),
  );
  const { a, ab, b } = information(prevalence, auc);
  const slope = Math.ceil(a / ((plan.slopeWidth / (2 * z)) ** 2 * (a * b - ab ** 2)));
  const forAuc = leastWhere((n) => 2 * z * aucError(n, prevalence, auc) <= plan.aucWidth);
  const netBenefit = decision ? scansForNetBenefit(prevalence, decision) : null;
  return {
    observedOverExpected,
    slope,
    auc: forAuc,
    netBenefit,
    scans: Math.max(observedOverExpected, slope, forAuc, netBenefit ?? 0),
  };
}

/** The standard error of ln(O/E) at O/E = 1 for an interval of this width: exp(zs) − exp(−zs) = width. */
const logErrorOfWidth = (width: number): number => Math.asinh(width / 2) / z;

/** Newcombe's variance of an area (2006, Statistics in Medicine 25, 559–573) for n scans. */
const aucError = (n: number, prevalence: number, auc: number): number =>
  Math.sqrt(
    (auc * (1 - auc) * (1 + (n / 2 - 1) * ((1 - auc) / (2 - auc)) + ((n / 2 - 1) * auc) / (1 + auc))) /
      (n * n * prevalence * (1 - prevalence)),
  );

/** For the standardised net benefit (Riley et al. 2021, criterion 4). */
function scansForNetBenefit(
  prevalence: number,
  { threshold, sensitivity, specificity, width }: NonNullable<ValidationPlan['decision']>,
): number {
  const w = ((1 - prevalence) / prevalence) * (threshold / (1 - threshold));
  const variance =
    (sensitivity * (1 - sensitivity)) / prevalence +
    (w ** 2 * specificity * (1 - specificity)) / (1 - prevalence) +
    (w ** 2 * (1 - specificity) ** 2) / (prevalence * (1 - prevalence));
  return Math.ceil(variance / (width / (2 * z)) ** 2);
}

/** Fisher information of the logistic recalibration, per scan: of the intercept, of both, of the slope. */
function information(prevalence: number, auc: number): { a: number; ab: number; b: number } {
  const variance = 2 * normalQuantile(auc) ** 2;
  const sd = Math.sqrt(variance);
  const at = (mean: number, of: (logit: number) => number): number =>
    overNormal((x) => (1 - prevalence) * of(mean + sd * x) + prevalence * of(mean + variance + sd * x));
  const p = (logit: number) => 1 / (1 + Math.exp(-logit));
  // The mean at which expected and observed numbers are equal.
  let [low, high] = [-100, 100];
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2;
    if (at(middle, p) < prevalence) low = middle;
    else high = middle;
  }
  const h = (x: number) => p(x) * (1 - p(x));
  return { a: at(low, h), ab: at(low, (x) => x * h(x)), b: at(low, (x) => x * x * h(x)) };
}

/** The mean of a smooth function of a standard normal value, by Simpson's rule from −9 to 9. */
function overNormal(of: (x: number) => number): number {
  const [steps, end] = [720, 9];
  const width = (2 * end) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i += 1) {
    const x = -end + i * width;
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * of(x) * Math.exp((-x * x) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI) / (1 - 2 * normalBelow(-end));
}

/** The smallest integer, from 1, for which a condition holds; it must hold for all larger ones. */
function leastWhere(isEnough: (n: number) => boolean): number {
  let high = 1;
  while (!isEnough(high)) {
    if (high > 2 ** 40) return Infinity;
    high *= 2;
  }
  let low = high / 2;
  while (high - low > 1 && high > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
