import { z } from 'zod';

/** Integrity and backups of the registry, as a window shows them. */
export const RecordsState = z.object({
  check: z.discriminatedUnion('state', [
    z.object({ state: z.literal('sound') }),
    z.object({ state: z.literal('checking') }),
    /** SQLite's findings. */
    z.object({ state: z.literal('damaged'), said: z.string() }),
    z.object({ state: z.literal('unknown'), reason: z.string() }),
  ]),
  /** Newest first. */
  backups: z.array(
    z.object({
      /** Name of the file, in the data folder's `backups`. */
      name: z.string(),
      made: z.iso.datetime(),
      /** A daily one, otherwise one made before a change. */
      daily: z.boolean(),
      format: z.int(),
      bytes: z.int(),
      /** Whether this version of Falx can read its format. */
      usable: z.boolean(),
    }),
  ),
});
export type RecordsState = z.infer<typeof RecordsState>;
