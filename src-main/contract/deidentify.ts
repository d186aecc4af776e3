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

/** What a person must look at in a file that was written. */
export const deidentifyWarnings = ['burnedIn', 'perhapsBurnedIn', 'sameInstance'] as const;

/** What came of de-identifying a folder. It names no source: those are in the mapping, which stays where the identities are. */
export const DeidentifyReport = z.object({
  falx: z.string(),
  profile: z.string(),
  dates: z.enum(['removed', 'moved']),
  folder: z.string(),
  files: z.int(),
  patients: z.int(),
  leftOut: z.partialRecord(z.enum(leftOutReasons), z.int()),
  /** Below the folder. */
  warnings: z.array(z.object({ file: z.string(), warning: z.enum(deidentifyWarnings) })),
  /** Elements that were removed without the profile's table naming them. */
  removed: z.object({
    private: z.int(),
    unknown: z.int(),
    curvesAndOverlays: z.int(),
    odd: z.int(),
  }),
});
export type DeidentifyReport = z.infer<typeof DeidentifyReport>;

/** What a window shows of a folder that was de-identified. */
export const Deidentified = z.object({
  source: z.string(),
  report: DeidentifyReport,
  /** Where they lie, absolute: only the folder and the report may be given away. */
  reportFile: z.string(),
  mappingFile: z.string(),
  keyFile: z.string(),
  /** Files of the source that were left out, the first of them, and why. */
  leftOut: z.array(z.object({ file: z.string(), reason: Worded })),
});
export type Deidentified = z.infer<typeof Deidentified>;
