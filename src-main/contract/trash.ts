import { z } from 'zod';

/** How long what was removed can be taken back, days. */
export const TRASH_DAYS = 30;

export const TrashItem = z.object({
  kind: z.enum(['dataset', 'split', 'run']),
  id: z.string(),
  /** Of a dataset or run that has one, else its id. */
  name: z.string(),
  /** When it was put there, and when it goes for good; UTC. */
  removed: z.iso.datetime(),
  expires: z.iso.datetime(),
  /** Room that its own files in the data folder take, and those of what goes with it. */
  bytes: z.int(),
  /** Splits and runs that stand on it: they go and come with it. */
  splits: z.int(),
  runs: z.int(),
  /** What it stands on, where that is in the trash too: it must come back first. Null where it isn't. */
  under: z.string().nullable(),
});
export type TrashItem = z.infer<typeof TrashItem>;
