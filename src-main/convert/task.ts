import type { ModelFacts } from './facts.ts';

/** Formats that a model is written in anew, as against those that are copies of what training wrote. */
export const convertedFormats = ['onnx', 'onnx-float', 'keras', 'keras-weights', 'tfjs'] as const;
export type ConvertedFormat = (typeof convertedFormats)[number];

/** What the process that converts is asked. */
export type ConvertTask = {
  run: string;
  /** The run's, its files known to be whole. */
  folder: string;
  format: ConvertedFormat;
  /** File or folder that is made; what it is in is there. */
  target: string;
  facts: ModelFacts;
  /** To try it with: uint8 [count, s, s, 3]. */
  pixels: Uint8Array;
  count: number;
};

/** How an export was tried before it was called done. */
export type Verified = {
  /** With its version. */
  runtime: string;
  scans: number;
  /** Largest difference of a probability from Falx's. */
  worst: number;
};

/** What it says. */
export type ConvertReply =
  | { kind: 'progress'; done: number; of: number }
  | { kind: 'done'; verified: Verified }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

/** How far a probability may be from Falx's. */
export const MOST = 1e-4;
