/** The figures, each a pure function of records. */
export { epochAxis, lastEpoch, lossCurves, type RunCurve } from './loss-curves.ts';
export { HISTOGRAM_BINS, probabilityHistogram, type ClassNames } from './probability-histogram.ts';
export { reliabilityDiagram } from './reliability-diagram.ts';
export { learningCurves } from './learning-curve.ts';
export { robustnessCurves, type RobustnessMeasure } from './robustness-curves.ts';
export { rocCurves, type RunPredictions } from './roc-curves.ts';
export { thresholdCurve } from './threshold-curve.ts';
export { decisionCurves } from './decision-curves.ts';
export { precisionRecallCurves, precisionRecallPoints } from './precision-recall.ts';
export { filledBins, reliabilityOfModels } from './reliability-of-models.ts';
