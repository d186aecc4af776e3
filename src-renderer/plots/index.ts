/** The figures: each a pure function of records. */
export { classBalance } from './class-balance.ts';
export { lossCurves, type RunCurve } from './loss-curves.ts';
export { probabilityHistogram, type ClassNames } from './probability-histogram.ts';
export { rocCurves, type RunJudged } from './roc-curves.ts';
export { sizeScatter } from './size-scatter.ts';
export { splitBar } from './split-bar.ts';
export { thresholdCurve } from './threshold-curve.ts';
