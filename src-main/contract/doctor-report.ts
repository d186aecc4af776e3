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
  /** Of a GPU that its driver names, `GPU-…`. */
  uuid: z.string().nullable(),
  /** Its own memory; null where it doesn't say. */
  totalBytes: z.number().nullable(),
  freeBytes: z.number().nullable(),
  /** Whether training and prediction run on it. */
  used: z.boolean(),
  /** Why it is not used, or null when it is. */
  reason: z.string().nullable(),
  /** By which a window words the reason. */
  facts: z.record(z.string(), z.unknown()).nullable(),
});
export type Device = z.infer<typeof Device>;

/** What `falx doctor` found. */
export const DoctorReport = z.object({
  falx: z.string(),
  /** What this program runs in. */
  node: z.object({ version: z.string(), file: z.string() }),
  /** What trains and predicts runs in; the version as a worker said it, null when none understood what it was asked. */
  workers: z.object({ version: z.string().nullable(), file: z.string().nullable() }),
  tensorflow: z.object({
    /** What the loaded library says of itself; null when it can't be loaded. */
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
  /** One per network; `file` is null where none is stored. */
  weights: z.array(WeightsFound),
  /** What keeps Falx from working, each with what to do about it; empty when all is well. */
  problems: z.array(z.string()),
  /** The same in the same order, each with the facts by which a window words it, where it can. */
  told: z.array(z.object({ message: z.string(), facts: z.record(z.string(), z.unknown()).nullable() })),
});
export type DoctorReport = z.infer<typeof DoctorReport>;
