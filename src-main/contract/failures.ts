import { z } from 'zod';

/** A sentence in English, and the facts by which a window words it, where it can. */
export const Worded = z.object({
  message: z.string(),
  facts: z.record(z.string(), z.unknown()).nullable(),
});
export type Worded = z.infer<typeof Worded>;

/** A FalxError (or `fault`, a mistake of Falx itself) on its way to a window. */
export const ErrorData = z.object({
  code: z.string(),
  /** What happened, to which file, and what to do, in English. */
  message: z.string(),
  facts: z.record(z.string(), z.unknown()),
});
export type ErrorData = z.infer<typeof ErrorData>;
