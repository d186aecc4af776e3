import { z } from 'zod';

/** An English sentence, and the facts from which a window words it, if known. */
export const Worded = z.object({
  message: z.string(),
  facts: z.record(z.string(), z.unknown()).nullable(),
});
export type Worded = z.infer<typeof Worded>;

/** A FalxError (or `fault`, a bug in Falx) as sent to a window. */
export const ErrorData = z.object({
  code: z.string(),
  /** What happened, to which file, and what to do, in English. */
  message: z.string(),
  facts: z.record(z.string(), z.unknown()),
});
export type ErrorData = z.infer<typeof ErrorData>;
