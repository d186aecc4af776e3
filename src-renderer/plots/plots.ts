/** The figures: each a pure function of records. */
export { epochAxis, lastEpoch, lossCurves, type RunCurve } from './loss-curves.ts';
export { probabilityHistogram, type ClassNames } from './probability-histogram.ts';
export { reliabilityDiagram } from './reliability-diagram.ts';
export { rocCurves, type RunPredictions } from './roc-curves.ts';
export { thresholdCurve } from './threshold-curve.ts';
