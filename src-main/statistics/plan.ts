import { scansForDifference } from './paired.ts';
import { scansForShare, scansForValidation, type ValidationSize } from './sample-size.ts';

/** Expectations for a planned study, and the precision required. Proportions from 0 to 1. */
export type StudyPlan = {
  prevalence: number;
  sensitivity: number;
  specificity: number;
  /** Half the width of the 95 % interval of sensitivity and specificity. */
  half: number;
  auc: number;
  /** Full widths of the 95 % intervals of the AUC, observed over expected, and the calibration slope. */
  aucWidth: number;
  ratioWidth: number;
  slopeWidth: number;
  /** The difference in accuracy of two models to be shown, and the share of scans that only one of them gets right. */
  difference: number;
  discordant: number;
};

export const usualPlan: StudyPlan = {
  prevalence: 0.5,
  sensitivity: 0.9,
  specificity: 0.9,
  half: 0.05,
  auc: 0.9,
  aucWidth: 0.1,
  ratioWidth: 0.2,
  slopeWidth: 0.2,
  difference: 0.05,
  discordant: 0.1,
};

/** Range of each input. */
export const planRanges: Readonly<Record<keyof StudyPlan, readonly [number, number]>> = {
  prevalence: [0.01, 0.99],
  sensitivity: [0.5, 0.999],
  specificity: [0.5, 0.999],
  half: [0.005, 0.2],
  auc: [0.55, 0.995],
  aucWidth: [0.01, 0.4],
  ratioWidth: [0.05, 1],
  slopeWidth: [0.05, 1],
  difference: [0.005, 0.5],
  discordant: [0.005, 1],
};

/** Independent scans that a study needs. */
export type StudySizes = {
  /** For each class by its interval, and for both at the prevalence. */
  shares: { positives: number; negatives: number; scans: number };
  validation: ValidationSize;
  /** Both models answer each of them; 80 % power. */
  comparison: number;
};

export function sizesFor(plan: StudyPlan): StudySizes {
  const positives = scansForShare(plan.sensitivity, plan.half);
  const negatives = scansForShare(plan.specificity, plan.half);
  return {
    shares: {
      positives,
      negatives,
      scans: Math.ceil(Math.max(positives / plan.prevalence, negatives / (1 - plan.prevalence))),
    },
    validation: scansForValidation({
      prevalence: plan.prevalence,
      auc: plan.auc,
      aucWidth: plan.aucWidth,
      observedOverExpectedWidth: plan.ratioWidth,
      slopeWidth: plan.slopeWidth,
    }),
    comparison: scansForDifference(plan.difference, Math.max(plan.discordant, plan.difference)),
  };
}
