import { z } from 'zod';
import { AuditHead } from './audit.ts';
import { ShortcutFigures } from './shortcut-kinds.ts';

/** How images are grouped, besides twins and the slices of one volume, which always stay together. */
export const Grouping = z.discriminatedUnion('by', [
  /** No further grouping. */
  z.object({ by: z.literal('twins') }),
  /** The patient named by the DICOM header, the volume, or the CSV. */
  z.object({ by: z.literal('patient') }),
  /** What a pattern matches in the file's path: its first capture group, or the whole match. */
  z.object({ by: z.literal('pattern'), pattern: z.string().min(1).max(500) }),
  /** Only exact duplicates: a plain random split, to measure the effect of leakage. */
  z.object({ by: z.literal('none') }),
]);
export type Grouping = z.infer<typeof Grouping>;

/**
 * The result of a wider search between the sets, before they were final. Pairs in two sets that are probably one scan are kept
 * together, and the sets are drawn again.
 */
export const SearchedAcross = z.object({
  /** Pairs aligned with each other, in all rounds. */
  compared: z.int(),
  /** Pairs kept together as a result; and pairs that the final sets still separate. */
  joined: z.int(),
  left: z.int(),
  /** Pairs kept together by this search and earlier ones, in the order of the check's `joined`. */
  known: z.int(),
  /** Altered copies of the dataset's own images, planted in other sets; and how many of them were found. */
  planted: z.int(),
  recovered: z.int(),
});
export type SearchedAcross = z.infer<typeof SearchedAcross>;

/** What a split guarantees, computed from its sets after they were made. */
export const Certificate = z.object({
  grouping: Grouping,
  /** When the search for twins was made; null if it was not, so that only exact duplicates are known. */
  checked: z.iso.datetime().nullable(),
  groups: z.int(),
  /** Size of the largest group, images. */
  largestGroup: z.int(),
  /** Groups in more than one set. */
  groupsAcross: z.int(),
  /** Pairs of images of one scan (exact duplicates and near twins) in different sets; and test images in such pairs. */
  twinsAcross: z.int(),
  testImagesWithTwins: z.int(),
  /** Patients in more than one set; null if none is known. */
  patientsAcross: z.int().nullable(),
  /** Images in the split whose patient is known; null if an older version of Falx made the split. */
  patientKnown: z.int().nullable().default(null),
  /** Images in the split by the set given by their folder; null if no folder gives one, or it is unknown. */
  given: z.object({ train: z.int(), validation: z.int(), test: z.int() }).nullable().default(null),
  /** Images in another set than their folder's; null as `given`. */
  moved: z.int().nullable().default(null),
  /** Result of the shortcut audit when the split was made; null if there was none. */
  shortcuts: z
    .object({ created: z.iso.datetime(), method: z.string(), found: z.array(ShortcutFigures) })
    .nullable()
    .default(null),
  /** Images that a user left out. */
  dropped: z.int(),
  /** Null if no such search was made. */
  searched: SearchedAcross.nullable().default(null),
  /** The audit trail's entry of the split's creation; null if an older version of Falx made the split, or it is not stored yet. */
  auditHead: AuditHead.nullable().default(null),
});
export type Certificate = z.infer<typeof Certificate>;
