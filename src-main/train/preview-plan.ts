import type { ErrorCode } from '../contract/errors.ts';
import type { Augmentation } from '../contract/settings.ts';

/** Pictures to augment as in a training step, several times. */
export type PreviewRequest = {
  request: number;
  /** uint8 [count, imageSize, imageSize, 3]. */
  pixels: Uint8Array;
  count: number;
  imageSize: number;
  augmentation: Augmentation;
  /** Seeds, one pair per draw, corresponding to a run's seed and step. */
  seeds: readonly (readonly [number, number])[];
};

export type PreviewReply =
  /** For each seed uint8 [count, imageSize, imageSize, 3]. */
  | { kind: 'drawn'; request: number; pixels: Uint8Array[] }
  | { kind: 'failed'; request: number; code: ErrorCode; message: string; facts?: Record<string, unknown> };
