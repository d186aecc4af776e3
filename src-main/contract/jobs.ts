import { z } from 'zod';
import { ErrorData } from './failures.ts';

export const jobKinds = [
  'import',
  'demo',
  'download',
  'trial',
  'compare',
  'check',
  'shortcuts',
  'retry',
  'gpuSupport',
  'gpuVerify',
  'export',
  'audit',
  'deidentify',
  'recordsExport',
  'trailExport',
  'weightsPack',
  'gpuTrial',
  'maps',
  'acrossSearch',
  'validate',
  'robustness',
  'report',
  'importRun',
  'caseReport',
] as const;
export const JobKind = z.enum(jobKinds);
export type JobKind = z.infer<typeof JobKind>;

/** Long work other than training, as a window shows it. Kept by the core, so that a reloaded window finds it again. */
export const Job = z.object({
  id: z.string(),
  kind: JobKind,
  /** What it works on: a folder, a network, a split. */
  subject: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** Files, bytes or steps done, and of how many; null if unknown. */
  done: z.number(),
  total: z.number().nullable(),
  unit: z.enum(['images', 'files', 'bytes', 'rows', 'steps', 'runs']),
  /** In `unit` per second; null at the start. */
  rate: z.number().nullable(),
  /** Whole seconds are precise enough. */
  secondsLeft: z.int().nullable(),
  started: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  /** Id of its result. */
  resultId: z.string().nullable(),
  /** Counts of its result; for an import: files `added`, `changed`, `gone` and `unchanged` since the last. */
  counts: z.record(z.string(), z.number()).optional(),
  error: ErrorData.nullable(),
});
export type Job = z.infer<typeof Job>;
