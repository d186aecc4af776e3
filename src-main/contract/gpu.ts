import { z } from 'zod';
import { Worded } from './failures.ts';

/** GPU support: TensorFlow's CUDA build and NVIDIA's libraries, which are added when a person asks for them. */
export const GpuSupport = z.object({
  /**
   * - `unsupported`: there is none for this system
   * - `builtIn`: Falx was set up with it
   * - `absent`
   * - `added`, and what new trainings and predictions use
   * - `damaged`, `outdated` (of another TensorFlow), `unusable`: added, passed over, and the processor is used; `problem` says why
   */
  state: z.enum(['unsupported', 'builtIn', 'absent', 'added', 'damaged', 'outdated', 'unusable']),
  problem: Worded.nullable(),
  /** TensorFlow's version in what can be added. */
  tensorflow: z.string().nullable(),
  /** To fetch, and on the disk once it is added. */
  bytes: z.number(),
  unpackedBytes: z.number(),
  /** Where each part comes from; the address is null where this Falx knows none, and a folder must be chosen. */
  parts: z.array(z.object({ file: z.string(), bytes: z.number(), url: z.string().nullable() })),
  /** What was begun and stopped: bytes fetched and unpacked, and what that takes on the disk. */
  begun: z
    .object({ parts: z.int(), fetched: z.number(), unpacked: z.number(), onDisk: z.number() })
    .nullable(),
  /** Where it lies, how much it takes, and since when; null where none is added. */
  folder: z.string().nullable(),
  onDisk: z.number().nullable(),
  added: z.string().nullable(),
  /** The NVIDIA GPUs of this machine, and what speaks against using them before TensorFlow is asked. */
  gpus: z.array(z.string()),
  driver: z.string().nullable(),
  against: Worded.nullable(),
});
export type GpuSupport = z.infer<typeof GpuSupport>;

/** What reading all files of GPU support found. */
export const GpuVerified = z.object({
  files: z.int(),
  bytes: z.number(),
  /** Files that are gone or hold other bytes, by their paths in its folder; empty when all is well. */
  damaged: z.array(z.string()),
});
export type GpuVerified = z.infer<typeof GpuVerified>;
