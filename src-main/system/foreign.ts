import { stat } from 'node:fs/promises';
import { FalxError, recreatedError, messageFromFacts, type ErrorCode } from '../contract/errors.ts';
import { detailsOf } from '../contract/messages/say.ts';
import { type RequestOptions, type ParserFault, ParserPool } from './parsers.ts';

/** A request to a parser process: load a module and have its `parse` do a task, or only load it. */
export type ForeignTask = { module: string; task?: unknown };
/** The result; or why the file is refused; or the system's error while reading or writing. */
export type ForeignAnswer = {
  is?: unknown;
  refused?: { code: ErrorCode; message: string; facts: Record<string, unknown> };
  system?: { code: string; message: string };
};

/** The processes that parse all foreign data: images, archives, tables, weights. Shared by all parsers. */
export const foreign = new ParserPool<ForeignTask, ForeignAnswer>(
  new URL('./foreign-worker.ts', import.meta.url),
);

/** What a parser module exports. @param reportProgress reports that a long task is alive, and its progress. */
export type Parse<Task, Answer> = (task: Task, reportProgress: (said?: unknown) => void) => Promise<Answer>;

/** File size, bytes, for which a parser gets its usual time once more. */
const PER_TIME = 8 * 2 ** 20;

/** Size of a file, for `patienceFor`; 0 if it is missing, which is reported when it is opened. */
export const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

export const patienceFor = (bytes: number): number => 1 + Math.floor(bytes / PER_TIME);

/**
 * Runs a task in a process with limits on time and memory, and without this process's registry and networks.
 * @param module that exports `parse`: a URL, which the build detects too. @param file name used in errors.
 * @returns the answer, and the bytes that go with it.
 * @throws FalxError as `parse` throws; `unreadable-file` if the process ended, or took too long; `cancelled`; the system's error,
 *   with its `code`.
 */
export async function parseInSubprocess<Task, Answer>(
  module: URL,
  task: Task,
  file: string,
  options: RequestOptions = {},
): Promise<{ answer: Answer; bytes: Buffer[] }> {
  const doubts = ({ is, refused }: ForeignAnswer): boolean =>
    refused ? isByLibrary(refused.facts) : (options.doubts?.(is) ?? false);
  const parsed = await foreign.ask(
    { module: module.href, task },
    { ...options, doubts: (answer) => doubts(answer as ForeignAnswer) },
  );
  if (options.signal?.aborted) throw new FalxError('readingCancelled', { file });
  if ('fault' in parsed) throw parserFailed(file, parsed.fault);
  const { answer, bytes = [] } = parsed;
  if (answer.refused) throw recreatedError(answer.refused);
  const { system } = answer;
  if (system) throw Object.assign(new Error(system.message), { code: system.code });
  return { answer: answer.is as Answer, bytes };
}

/** Starts a process that has a module loaded before its first task arrives. */
export function warm(module: URL): void {
  if (foreign.pids.length === 0) void foreign.ask({ module: module.href });
}

/** Whether a file was refused because of a library's error, which may have been lack of memory. @param facts of the refusal. */
export const isByLibrary = (facts: Readonly<Record<string, unknown>> | undefined): boolean => {
  const told = messageFromFacts(facts);
  return told !== null && detailsOf(told).some(({ from }) => from !== 'system');
};

/** @param file name used in errors. */
export const parserFailed = (file: string, { how, said }: ParserFault): FalxError =>
  new FalxError('readerFailed', {
    file,
    how,
    said: said ? { from: how === 'threw' ? 'Falx' : 'system', text: said } : undefined,
  });
