import { z } from 'zod';
import { ShortcutAudit } from './check.ts';
import { Worded } from './failures.ts';

const Count = z.int();
const Share = z.object({ count: z.number(), of: z.int() });

/** An audit's findings in a folder that was not imported, as a window shows them. */
export const FolderAudit = z.object({
  folder: z.string(),
  classes: z.array(z.object({ name: z.string(), images: Count })),
  positive: z.string(),
  images: Count,
  distinctScans: Count,
  exactDuplicates: Count,
  /** Files that could not be read. */
  quarantined: Count,
  /** Images in each set that the folder was divided into; null if it was not divided. */
  given: z.object({ train: Count, validation: Count, test: Count }).nullable(),
  /** Test images with a twin in train or validation; null if the folder was not divided. */
  leaked: Share.nullable(),
  /** How many test images of a random 80/20 split would have a twin in training; null if the folder was divided. */
  randomLeak: Share.nullable(),
  /** The first of these pairs. */
  leaks: z.array(z.object({ test: z.string(), twin: z.string() })),
  /** Known patients, and test images of those who are in train or validation too. */
  patients: z.object({ known: Count, testImages: Count }).nullable(),
  /** Scans with both labels; the first pairs. */
  mixedLabels: Count,
  mixed: z.array(z.object({ one: z.string(), other: z.string() })),
  /** Scans in several class folders that were merged into one class; the first pairs. */
  mergedClasses: Count,
  merged: z.array(z.object({ one: z.string(), other: z.string() })),
  /** Null if there are too few scans for it; `withoutShortcuts` says why. */
  shortcuts: ShortcutAudit.nullable(),
  withoutShortcuts: Worded.nullable(),
  /** A split that leaks nothing: its sets, and images whose set differs from the given one. */
  repaired: z.object({ train: Count, validation: Count, test: Count, moved: Count }).nullable(),
  /** Files that can be saved: `report.html`, `split.csv`. */
  files: z.array(z.string()),
});
export type FolderAudit = z.infer<typeof FolderAudit>;
