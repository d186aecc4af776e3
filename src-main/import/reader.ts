import { FalxError, reasonOf } from '../contract/errors.ts';
import type { ScanOptions } from '../images/scan.ts';
import { type ParserFault, ParserPool } from '../system/parsers.ts';
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

export const readers = new ParserPool<ReadTask, Reading>(new URL('./reader-worker.ts', import.meta.url));

/** Bytes of a file for which a reader has its usual time once more. */
const PER_TIME = 8 * 2 ** 20;

/** As `readOne`, in a process of its own: a file that ends it, or takes too much time or memory, goes to quarantine. */
export async function readApart(
  folder: string,
  file: string,
  before: Stamp | null,
  scan: ScanOptions,
  derived?: string,
): Promise<Reading> {
  const task = { folder, file, before, scan, derived };
  const parsed = await readers.ask(task, 1 + Math.floor((before?.bytes ?? 0) / PER_TIME));
  if ('answer' in parsed) return parsed.answer;
  const error = readerFailed(file, parsed.fault);
  // Another try may fare better: it is not noted with the file's stamp.
  return { file, stamp: null, pictures: [], reason: reasonOf(error), facts: error.facts };
}

/** @param file as errors call it. */
export function readerFailed(file: string, { how, said }: ParserFault): FalxError {
  const reason = {
    ended: `The process that read it ended (${said}): it is damaged, or made to do harm.`,
    time: 'Reading it took too long: it is damaged, or made to do harm.',
    memory: 'Reading it took too much memory: it is damaged, or made to do harm.',
    threw: `Falx itself made a mistake reading it (${said}): it is most likely damaged.`,
  }[how];
  return new FalxError('unreadable-file', `"${file}" can't be read. ${reason}`, {
    why: 'readerFailed',
    how,
    said,
    file,
    reason,
  });
}
