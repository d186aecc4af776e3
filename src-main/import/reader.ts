import { FalxError, leftOut } from '../contract/errors.ts';
import type { ScanOptions } from '../images/scan.ts';
import { foreign, isByLibrary, parseApart, patienceFor, warm } from '../system/foreign.ts';
import type { Reading } from './reading.ts';
import type { Stamp } from './stamp.ts';

/** What is asked of a reader's process. */
export type ReadTask = {
  folder: string;
  file: string;
  before: Stamp | null;
  scan: ScanOptions;
  /** Where what comes of the decoding is kept; nowhere when left out. */
  derived?: string | undefined;
};

/** The processes that read; all parsers share them. */
export const readers = foreign;

const module = new URL('./reader-worker.ts', import.meta.url);

/** Has a process started while it is still being found out what is to be read. */
export const warmReaders = (): void => warm(module);

/**
 * As `readOne`, in a process of its own: a file that ends it, or takes too much time or memory, goes to quarantine.
 * @param signal ends the reading: what it then comes to is of no use.
 */
export async function readApart(
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
    return (await parseApart<ReadTask, Reading>(module, task, file, { patience, doubts, signal })).answer;
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    // Another try may fare better: it is not noted with the file's stamp.
    return { file, stamp: null, pictures: [], ...leftOut(error) };
  }
}
