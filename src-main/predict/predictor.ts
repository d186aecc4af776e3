/** Where it was until 2026-11-29, for what is written against that place and not in yet. Import from `inference/`. */
export { Predictor } from '../inference/predictor.ts';
