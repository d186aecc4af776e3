import { z } from 'zod';
import { Worded } from './failures.ts';

/** Why a file was not de-identified, and so not written. */
export const leftOutReasons = [
  'notDicom',
  'directory',
  'noImage',
  'damaged',
  'unreadable',
  'notOrdinary',
  'tooLarge',
] as const;

/** What needs review in a file that was written. */
export const deidentifyWarnings = ['burnedIn', 'perhapsBurnedIn', 'sameInstance'] as const;

/** The result of de-identifying a folder. It names no source file: those are in the mapping, which stays with the identities. */
export const DeidentifyReport = z.object({
  falx: z.string(),
  profile: z.string(),
  dates: z.enum(['removed', 'moved']),
  folder: z.string(),
  files: z.int(),
  patients: z.int(),
  leftOut: z.partialRecord(z.enum(leftOutReasons), z.int()),
  /** Relative to the folder. */
  warnings: z.array(z.object({ file: z.string(), warning: z.enum(deidentifyWarnings) })),
  /** Elements removed although the profile's table does not name them. */
  removed: z.object({
    private: z.int(),
    unknown: z.int(),
    curvesAndOverlays: z.int(),
    odd: z.int(),
  }),
});
export type DeidentifyReport = z.infer<typeof DeidentifyReport>;

/** What a window shows of a de-identified folder. */
export const Deidentified = z.object({
  source: z.string(),
  report: DeidentifyReport,
  /** Absolute paths: only the folder and the report may be passed on. */
  reportFile: z.string(),
  mappingFile: z.string(),
  keyFile: z.string(),
  /** The first source files that were left out, and why. */
  leftOut: z.array(z.object({ file: z.string(), reason: Worded })),
});
export type Deidentified = z.infer<typeof Deidentified>;
