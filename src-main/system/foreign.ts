import { stat } from 'node:fs/promises';
import { FalxError, revived, toldBy, type ErrorCode } from '../contract/errors.ts';
import { detailsOf } from '../contract/messages/say.ts';
import { type AskOptions, type ParserFault, ParserPool } from './parsers.ts';

/** What a process that parses is asked: to load a module and have its `parse` do a task, or only to load it. */
export type ForeignTask = { module: string; task?: unknown };
/** What came of it; or why the file is refused; or what the system said while it was read or written. */
export type ForeignAnswer = {
  is?: unknown;
  refused?: { code: ErrorCode; message: string; facts: Record<string, unknown> };
  system?: { code: string; message: string };
};

/** The processes in which whatever others have made is parsed: images, archives, tables, weights. All parsers share them. */
export const foreign = new ParserPool<ForeignTask, ForeignAnswer>(
  new URL('./foreign-worker.ts', import.meta.url),
);

/** What a module that parses exports. @param goesOn says that a long task is alive, and how far it is. */
export type Parse<Task, Answer> = (task: Task, goesOn: (said?: unknown) => void) => Promise<Answer>;

/** Bytes of a file for which its parser has its usual time once more. */
const PER_TIME = 8 * 2 ** 20;

/** Bytes of a file, for `patienceFor`; none where it is not there, which is told when it is opened. */
export const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

export const patienceFor = (bytes: number): number => 1 + Math.floor(bytes / PER_TIME);

/**
 * Has a task done in a process with limits on time and memory, and without this process's registry and networks.
 * @param module that exports `parse`: a URL to it, which the build finds, too. @param file as errors call it.
 * @returns the answer, and the bytes it brings along.
 * @throws FalxError as `parse` throws; `unreadable-file` when the process ended, or took too much; `cancelled`; what the system
 *   said, with its `code`.
 */
export async function parseApart<Task, Answer>(
  module: URL,
  task: Task,
  file: string,
  options: AskOptions = {},
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
  if (answer.refused) throw revived(answer.refused);
  const { system } = answer;
  if (system) throw Object.assign(new Error(system.message), { code: system.code });
  return { answer: answer.is as Answer, bytes };
}

/** Has a process started that has a module loaded when its first task comes. */
export function warm(module: URL): void {
  if (foreign.pids.length === 0) void foreign.ask({ module: module.href });
}

/** Whether a file is refused for what a library said of it, which may be that it got no memory. @param facts of the refusal. */
export const isByLibrary = (facts: Readonly<Record<string, unknown>> | undefined): boolean => {
  const told = toldBy(facts);
  return told !== null && detailsOf(told).some(({ from }) => from !== 'system');
};

/** @param file as errors call it. */
export const parserFailed = (file: string, { how, said }: ParserFault): FalxError =>
  new FalxError('readerFailed', {
    file,
    how,
    said: said ? { from: how === 'threw' ? 'Falx' : 'system', text: said } : undefined,
  });
