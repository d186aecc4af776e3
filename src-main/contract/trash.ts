import { z } from 'zod';

/** How long removed items can be restored, days. */
export const TRASH_DAYS = 30;

export const TrashItem = z.object({
  kind: z.enum(['dataset', 'split', 'run']),
  id: z.string(),
  /** For a dataset or run with a name, otherwise its id. */
  name: z.string(),
  /** When it was removed, and when it will be deleted for good; UTC. */
  removed: z.iso.datetime(),
  expires: z.iso.datetime(),
  /** Disk space of its files in the data folder, and of what depends on it. */
  bytes: z.int(),
  /** Splits and runs that depend on it: they are removed and restored with it. */
  splits: z.int(),
  runs: z.int(),
  /** What it depends on, if that is in the trash too: it must be restored first. Otherwise null. */
  under: z.string().nullable(),
});
export type TrashItem = z.infer<typeof TrashItem>;
