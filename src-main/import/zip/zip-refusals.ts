import { FalxError } from '../../contract/errors.ts';
import {
  message,
  type Message,
  type MessageCode,
  type ParametersOf,
} from '../../contract/messages/catalogue.ts';

type ProblemCode = MessageCode & `zip${string}`;

/** The problem: words that follow the archive's name, or its entry's. */
export type Problem = Message<ProblemCode>;

export const problem = <C extends ProblemCode>(code: C, parameters: ParametersOf<C>): Message<C> =>
  message(code, parameters);

/** An archive that is not unpacked, or not further. @param entry as the archive names it. */
export const refuseArchive = (
  file: string,
  reason: Problem,
  entry: string | null,
  cause?: unknown,
): FalxError =>
  entry === null
    ? new FalxError('archiveWhole', { file, reason }, { cause })
    : new FalxError('archiveEntry', { file, entry, shown: visible(entry), reason }, { cause });

/** With invisible characters escaped, which might be meant to mislead. */
const visible = (name: string): string => JSON.stringify(name).slice(1, -1);

export const tooLarge = (file: string, reason: Problem): FalxError =>
  new FalxError('archiveTooLarge', { file, reason });
