import { FalxError, leftOut } from '../contract/errors.ts';
import type { ScanOptions } from '../images/scan.ts';
import { foreign, isByLibrary, parseInSubprocess, patienceFor, warm } from '../system/foreign.ts';
import type { Reading } from './reading.ts';
import type { Stamp } from './stamp.ts';

/** Request to a reader process. */
export type ReadTask = {
  folder: string;
  file: string;
  before: Stamp | null;
  scan: ScanOptions;
  /** Folder for derivatives; none are stored when left out. */
  derived?: string | undefined;
};

/** The processes that read; shared by all parsers. */
export const readers = foreign;

const module = new URL('./reader-worker.ts', import.meta.url);

/** Starts a process while the files are still being listed. */
export const warmReaders = (): void => warm(module);

/**
 * As `readOne`, in a process of its own: a file that crashes it, or takes too much time or memory, goes to quarantine.
 * @param signal cancels the reading, whose result is then undefined.
 */
export async function readInSubprocess(
  folder: string,
  file: string,
  before: Stamp | null,
  scan: ScanOptions,
  derived?: string,
  signal?: AbortSignal,
): Promise<Reading> {
  try {
    const task: ReadTask = { folder, file, before, scan, derived };
    const patience = patienceFor(before?.bytes ?? 0);
    const doubts = (reading: unknown) => isByLibrary((reading as Reading).facts);
    return (await parseInSubprocess<ReadTask, Reading>(module, task, file, { patience, doubts, signal }))
      .answer;
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    // Another attempt may succeed: its stamp is not stored.
    return { file, stamp: null, pictures: [], ...leftOut(error) };
  }
}
