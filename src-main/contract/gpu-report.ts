import { z } from 'zod';

/** The result of one step of a GPU's verification. */
export const VerifyStep = z.object({
  name: z.string(),
  /** `told`: information only, neither right nor wrong. */
  state: z.enum(['passed', 'failed', 'told', 'out of time']),
  seconds: z.number(),
  /** An English sentence, and the facts from which a window words it. */
  said: z.string(),
  facts: z.record(z.string(), z.unknown()),
  figures: z.unknown(),
});
export type VerifyStep = z.infer<typeof VerifyStep>;

export const VerifyReport = z.object({
  format: z.literal(1),
  falx: z.string(),
  started: z.string(),
  /** Null while it runs. */
  ended: z.string().nullable(),
  device: z.enum(['gpu', 'cpu']),
  budgetSeconds: z.number(),
  steps: z.array(VerifyStep),
});
export type VerifyReport = z.infer<typeof VerifyReport>;
