import { messageOfWorded } from '../contract/errors.ts';
import type { Worded } from '../contract/failures.ts';
import { Part } from '../contract/messages/parameters.ts';
import { sayWhole, type StoredMessage } from '../contract/messages/say.ts';

/**
 * Records have an English sentence with the facts from which a window words it; the registry stores only a code with its
 * parameters, so that better wording applies to older rows too.
 */

/** A record's message, for a column; null if it has none. */
export const toldColumn = (sentence: string | null, facts: Worded['facts'] | undefined): string | null =>
  sentence === null ? null : JSON.stringify(messageOfWorded({ message: sentence, facts: facts ?? null }));

/** A sentence, and the facts from which a window words it: none for a sentence of an earlier version of Falx. */
type Sentence<S = string> = { sentence: S; facts?: Record<string, unknown> };

/** A column's message, for a record. @param brief if the file's name is shown beside it. */
export const sentenceIn = (column: unknown, brief = false): Sentence<string | null> =>
  column === null || column === undefined
    ? { sentence: null }
    : sentenceOf(Part.parse(JSON.parse(column as string)), brief);

export function sentenceOf(told: StoredMessage, brief = false): Sentence {
  const sentence = sayWhole(told, { language: 'en', shell: 'cli', brief });
  return told.code === 'legacy' ? { sentence } : { sentence, facts: { why: told.code, ...told.parameters } };
}
