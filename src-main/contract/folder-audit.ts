import { z } from 'zod';
import { ShortcutAudit } from './check.ts';
import { Worded } from './failures.ts';

const Count = z.int();
const Share = z.object({ count: z.number(), of: z.int() });

/** What an audit found in a folder that was not imported, as a window shows it. */
export const FolderAudit = z.object({
  folder: z.string(),
  classes: z.array(z.object({ name: z.string(), images: Count })),
  positive: z.string(),
  images: Count,
  distinctScans: Count,
  exactDuplicates: Count,
  /** Files that could not be read. */
  quarantined: Count,
  /** Images of each part that the folder came in; null when it came in none. */
  given: z.object({ train: Count, validation: Count, test: Count }).nullable(),
  /** Test images with a twin in train or validation; null when it came in no parts. */
  leaked: Share.nullable(),
  /** How many of a random 80/20 split's test images would have a twin in training, by chance; null when it came in parts. */
  randomLeak: Share.nullable(),
  /** The first pairs of those. */
  leaks: z.array(z.object({ test: z.string(), twin: z.string() })),
  /** Patients that are known, and test images of those who are in train or validation too. */
  patients: z.object({ known: Count, testImages: Count }).nullable(),
  /** Scans with both labels; the first pairs. */
  mixedLabels: Count,
  mixed: z.array(z.object({ one: z.string(), other: z.string() })),
  /** Scans in several class folders that were put together as one class; the first pairs. */
  mergedClasses: Count,
  merged: z.array(z.object({ one: z.string(), other: z.string() })),
  /** Null when there are too few scans for it; `withoutShortcuts` says why. */
  shortcuts: ShortcutAudit.nullable(),
  withoutShortcuts: Worded.nullable(),
  /** A split that leaks nothing: its parts, and images that are in another one than they came in. */
  repaired: z.object({ train: Count, validation: Count, test: Count, moved: Count }).nullable(),
  /** Files that can be saved: `report.html`, `split.csv`. */
  files: z.array(z.string()),
});
export type FolderAudit = z.infer<typeof FolderAudit>;
