import { z } from 'zod';
import { NetworkName } from './networks.ts';

/** A stored file of pretrained weights, one per network. */
export const WeightsFound = z.object({
  network: NetworkName,
  present: z.boolean(),
  file: z.string().nullable(),
  sha256: z.string().nullable(),
  batchNormFolded: z.boolean().nullable(),
});
export type WeightsFound = z.infer<typeof WeightsFound>;

export const Device = z.object({
  kind: z.enum(['cpu', 'gpu']),
  name: z.string(),
  /** For a GPU that its driver identifies, `GPU-…`. */
  uuid: z.string().nullable(),
  /** Its own memory; null if unknown. */
  totalBytes: z.number().nullable(),
  freeBytes: z.number().nullable(),
  /** Whether training and prediction run on it. */
  used: z.boolean(),
  /** Why it is not used, or null if it is. */
  reason: z.string().nullable(),
  /** The facts from which a window words the reason. */
  facts: z.record(z.string(), z.unknown()).nullable(),
});
export type Device = z.infer<typeof Device>;

/** What `falx doctor` found. */
export const DoctorReport = z.object({
  falx: z.string(),
  /** The Node that this program runs in. */
  node: z.object({ version: z.string(), file: z.string() }),
  /** The Node that workers run in; its version as a worker reported it, null if none answered. */
  workers: z.object({ version: z.string().nullable(), file: z.string().nullable() }),
  tensorflow: z.object({
    /** As the loaded library reports it; null if it can't be loaded. */
    version: z.string().nullable(),
    build: z.enum(['cpu', 'gpu']).nullable(),
    folder: z.string().nullable(),
    error: z.string().nullable(),
  }),
  /** The processor, and the GPUs, or one `gpu` entry that says why there is none. */
  devices: z.array(Device),
  cpu: z.object({ model: z.string(), cores: z.int(), features: z.array(z.string()).nullable() }),
  home: z.object({
    folder: z.string(),
    exists: z.boolean(),
    writable: z.boolean(),
    freeBytes: z.number().nullable(),
  }),
  /** One per network; `file` is null if none is stored. */
  weights: z.array(WeightsFound),
  /** What keeps Falx from working, each with a remedy; empty if all is well. */
  problems: z.array(z.string()),
  /** The same in the same order, each with the facts from which a window words it, if known. */
  told: z.array(z.object({ message: z.string(), facts: z.record(z.string(), z.unknown()).nullable() })),
});
export type DoctorReport = z.infer<typeof DoctorReport>;
