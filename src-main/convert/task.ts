import type { ModelFacts } from './facts.ts';

/** Formats that a model is converted to, as opposed to copies of what training wrote. */
export const convertedFormats = ['onnx', 'onnx-float', 'keras', 'keras-weights', 'tfjs'] as const;
export type ConvertedFormat = (typeof convertedFormats)[number];

/** Request to the process that converts. */
export type ConvertTask = {
  run: string;
  /** The run's, its files known to be intact. */
  folder: string;
  format: ConvertedFormat;
  /** File or folder to create; its parent exists. */
  target: string;
  facts: ModelFacts;
  /** To verify it with: uint8 [count, s, s, 3]. */
  pixels: Uint8Array;
  count: number;
};

/** How an export was verified. */
export type Verified = {
  /** With its version. */
  runtime: string;
  scans: number;
  /** Largest difference of a probability from Falx's. */
  worst: number;
};

/** Its messages. */
export type ConvertReply =
  | { kind: 'progress'; done: number; of: number }
  | { kind: 'done'; verified: Verified }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

/** Largest allowed difference of a probability from Falx's. */
export const MOST = 1e-4;
