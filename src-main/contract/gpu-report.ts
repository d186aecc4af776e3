import { z } from 'zod';

/** What one step of a GPU's verification saw. */
export const VerifyStep = z.object({
  name: z.string(),
  /** `told`: nothing that could be right or wrong. */
  state: z.enum(['passed', 'failed', 'told', 'out of time']),
  seconds: z.number(),
  /** In an English sentence, and by what a window words it. */
  said: z.string(),
  facts: z.record(z.string(), z.unknown()),
  figures: z.unknown(),
});
export type VerifyStep = z.infer<typeof VerifyStep>;

export const VerifyReport = z.object({
  format: z.literal(1),
  falx: z.string(),
  started: z.string(),
  /** Null while it goes on. */
  ended: z.string().nullable(),
  device: z.enum(['gpu', 'cpu']),
  budgetSeconds: z.number(),
  steps: z.array(VerifyStep),
});
export type VerifyReport = z.infer<typeof VerifyReport>;
