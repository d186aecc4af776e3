import { error, note } from '../entry.ts';
import { choice, detail, message, number, optional, text } from '../parameters.ts';

const yesOrNo = choice('yes', 'no');

/** Results of each step of a GPU verification, and why it is not started. */
export const verify = {
  verifyBusy: error('bad-usage', {}),
  verifyTraining: error('bad-usage', { run: text }),
  verifyGone: error('not-found', {}),
  verifyNotBegun: note({}),
  verifyBrokenOff: note({}),
  verifyFault: note({ detail }),
  verifyTensorflow: note({ version: text, build: text }),
  /** @param more number of further problems. */
  verifyProblem: note({ problem: message, more: number }),
  verifyPlacementUnseen: note({}),
  verifyPlacement: note({ gpu: number, processor: number, unexpected: number, names: text }),
  /** @param percent formatted, with two significant digits. @param speed images per second, formatted. */
  verifyNumbers: note({ percent: text, speed: text, side: number, batch: number }),
  verifyPredictions: note({ images: number, most: text }),
  verifyResumed: note({ same: yesOrNo }),
  verifyMemoryTold: note({ images: number, fits: number }),
  verifyMemoryEnded: note({ images: number }),
  verifyMemoryUnseen: note({ images: number, reason: optional(message) }),
  verifyRepeatable: note({ asked: yesOrNo, usual: yesOrNo }),
  verifyBeside: note({ predictors: number, steps: number }),
  verifyBesideFailed: note({ reason: message }),
  verifyXla: note({ speed: text, without: text, start: text, startWithout: text, losses: text }),
} as const;
