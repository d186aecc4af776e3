import { z } from 'zod';
import { Worded } from './failures.ts';

/** GPU support: TensorFlow's CUDA build and NVIDIA's libraries, which are installed on request. */
export const GpuSupport = z.object({
  /**
   * - `unsupported`: there is none for this system
   * - `builtIn`: Falx was set up with it
   * - `absent`
   * - `added`: installed, and used by new trainings and predictions
   * - `damaged`, `outdated` (for another TensorFlow), `unusable`: installed, but the processor is used instead; `problem` says why
   */
  state: z.enum(['unsupported', 'builtIn', 'absent', 'added', 'damaged', 'outdated', 'unusable']),
  problem: Worded.nullable(),
  /** TensorFlow's version in what can be installed. */
  tensorflow: z.string().nullable(),
  /** To download, and on disk once installed. */
  bytes: z.number(),
  unpackedBytes: z.number(),
  /** Where each part comes from; the address is null if this version knows none, and a folder must be chosen. */
  parts: z.array(z.object({ file: z.string(), bytes: z.number(), url: z.string().nullable() })),
  /** An interrupted installation: bytes downloaded and unpacked, and their size on disk. */
  begun: z
    .object({ parts: z.int(), fetched: z.number(), unpacked: z.number(), onDisk: z.number() })
    .nullable(),
  /** Where it is installed, its size, and since when; null if it is not. */
  folder: z.string().nullable(),
  onDisk: z.number().nullable(),
  added: z.string().nullable(),
  /** The NVIDIA GPUs of this machine, and known reasons against using them before TensorFlow is started. */
  gpus: z.array(z.string()),
  driver: z.string().nullable(),
  against: Worded.nullable(),
});
export type GpuSupport = z.infer<typeof GpuSupport>;

/** The result of verifying all files of GPU support. */
export const GpuVerified = z.object({
  files: z.int(),
  bytes: z.number(),
  /** Files that are missing or changed, by their paths in its folder; empty if all is well. */
  damaged: z.array(z.string()),
});
export type GpuVerified = z.infer<typeof GpuVerified>;
