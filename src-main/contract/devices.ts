import { z } from 'zod';
import { Worded } from './failures.ts';

/** A processor or GPU that could be trained on, as the system and the driver tell without TensorFlow being asked. */
export const MachineDevice = z.object({
  /** `cpu`, or the UUID of a GPU or of a part of one. */
  id: z.string(),
  kind: z.enum(['cpu', 'gpu']),
  name: z.string().nullable(),
  /** Of a GPU its own memory; null where it doesn't say. */
  totalBytes: z.number().nullable(),
  /** Of a GPU: major and minor, `8.6`; null where nobody says. */
  computeCapability: z.string().nullable(),
  /** Version of the GPU's driver. */
  driver: z.string().nullable(),
  /** Whether it has instructions for bfloat16. */
  bfloat16: z.boolean(),
  /** Why it can't be used; null while nothing is known to speak against it. */
  wrong: Worded.nullable(),
});
export type MachineDevice = z.infer<typeof MachineDevice>;

export const MachineDevices = z.object({
  /** The processor first. */
  devices: z.array(MachineDevice),
  /** Ids of those that would be trained on now, by the settings. */
  inUse: z.array(z.string()),
});
export type MachineDevices = z.infer<typeof MachineDevices>;

/** What to train on: `auto`, every GPU that works, else the processor; the processor; or GPUs of a person's choice. */
export const DevicePreference = z.union([
  z.enum(['auto', 'cpu']),
  /** With their names, for when they are gone. */
  z.object({
    gpus: z
      .array(z.object({ uuid: z.string().max(100), name: z.string().max(200) }))
      .min(1)
      .max(64),
  }),
]);
export type DevicePreference = z.infer<typeof DevicePreference>;
