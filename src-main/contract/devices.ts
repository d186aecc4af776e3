import { z } from 'zod';
import { Worded } from './failures.ts';

/** A processor or GPU that could be used for training, as reported by the system and the driver without starting TensorFlow. */
export const MachineDevice = z.object({
  /** `cpu`, or the UUID of a GPU or of a partition of one (MIG). */
  id: z.string(),
  kind: z.enum(['cpu', 'gpu']),
  name: z.string().nullable(),
  /** For a GPU its own memory; null if unknown. */
  totalBytes: z.number().nullable(),
  /** For a GPU: major and minor, `8.6`; null if unknown. */
  computeCapability: z.string().nullable(),
  /** Version of the GPU's driver. */
  driver: z.string().nullable(),
  /** Whether it has instructions for bfloat16. */
  bfloat16: z.boolean(),
  /** Why it can't be used; null if no reason is known. */
  wrong: Worded.nullable(),
});
export type MachineDevice = z.infer<typeof MachineDevice>;

export const MachineDevices = z.object({
  /** The processor first. */
  devices: z.array(MachineDevice),
  /** Ids of those that the settings would use now. */
  inUse: z.array(z.string()),
});
export type MachineDevices = z.infer<typeof MachineDevices>;

/** What to train on: `auto`, every GPU that works, otherwise the processor; `cpu`; or GPUs of the user's choice. */
export const DevicePreference = z.union([
  z.enum(['auto', 'cpu']),
  /** With their names, in case they are removed. */
  z.object({
    gpus: z
      .array(z.object({ uuid: z.string().max(100), name: z.string().max(200) }))
      .min(1)
      .max(64),
  }),
]);
export type DevicePreference = z.infer<typeof DevicePreference>;
