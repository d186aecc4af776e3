import { z } from 'zod';
import { AuditHead } from './audit.ts';
import { ShortcutFigures } from './shortcut-kinds.ts';

/** How images become groups, besides twins and the slices of one volume, which always stay together. */
export const Grouping = z.discriminatedUnion('by', [
  /** These alone. */
  z.object({ by: z.literal('twins') }),
  /** The patient that the DICOM header, the volume, or the CSV named. */
  z.object({ by: z.literal('patient') }),
  /** What a pattern finds in the file's path: its first capture, or all it matches. */
  z.object({ by: z.literal('pattern'), pattern: z.string().min(1).max(500) }),
  /** Nothing but exact duplicates: the study's random split, to measure what leakage does. */
  z.object({ by: z.literal('none') }),
]);
export type Grouping = z.infer<typeof Grouping>;

/**
 * What a wider search between the parts came to, before they were final. Images likely of one scan that it found in two parts
 * are kept together, and the parts are drawn again.
 */
export const SearchedAcross = z.object({
  /** Pairs laid over each other, of all rounds. */
  compared: z.int(),
  /** Pairs that are kept together since they were found; and those that the final parts still hold apart. */
  joined: z.int(),
  left: z.int(),
  /** Pairs that this search and those before it have kept together, in the order of the check's `joined`. */
  known: z.int(),
  /** Altered copies of the dataset's own images, planted in other parts; and those of them that were found. */
  planted: z.int(),
  recovered: z.int(),
});
export type SearchedAcross = z.infer<typeof SearchedAcross>;

/** What a split vouches for, computed from its parts after they were made. */
export const Certificate = z.object({
  grouping: Grouping,
  /** When the twins were looked for; null when they were not, so that only exact duplicates are known. */
  checked: z.iso.datetime().nullable(),
  groups: z.int(),
  /** Images of the largest group. */
  largestGroup: z.int(),
  /** Groups that lie in more than one part. */
  groupsAcross: z.int(),
  /** Pairs of images of one scan (exact duplicates and near twins) in different parts; and test images of such pairs. */
  twinsAcross: z.int(),
  testImagesWithTwins: z.int(),
  /** Patients in more than one part; null when none is known. */
  patientsAcross: z.int().nullable(),
  /** Images in the split whose patient is known; null in a split of before certificates had it. */
  patientKnown: z.int().nullable().default(null),
  /** Images in the split by the part that their folder says; null where no folder says any, or none of that is known. */
  given: z.object({ train: z.int(), validation: z.int(), test: z.int() }).nullable().default(null),
  /** Images in another part than their folder says; null as `given`. */
  moved: z.int().nullable().default(null),
  /** What the audit of shortcuts had found when the split was made; null where there was none. */
  shortcuts: z
    .object({ created: z.iso.datetime(), method: z.string(), found: z.array(ShortcutFigures) })
    .nullable()
    .default(null),
  /** Images that a person left out. */
  dropped: z.int(),
  /** Null when no such search was made, or by a Falx that had none. */
  searched: SearchedAcross.nullable().default(null),
  /** The audit trail's entry of the split's making; null in a split of before certificates had it, or one not stored yet. */
  auditHead: AuditHead.nullable().default(null),
});
export type Certificate = z.infer<typeof Certificate>;
