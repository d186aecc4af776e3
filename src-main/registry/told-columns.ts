import { toldIn } from '../contract/errors.ts';
import type { Worded } from '../contract/failures.ts';
import { Part } from '../contract/messages/parameters.ts';
import { sayWhole, type Told } from '../contract/messages/say.ts';

/**
 * Records have a sentence in English with the facts by which a window words it; the registry keeps what is told alone, as
 * a code with its parameters, so that a better wording is one of older rows too.
 */

/** What a record tells, for a column; null where it tells nothing. */
export const toldColumn = (sentence: string | null, facts: Worded['facts'] | undefined): string | null =>
  sentence === null ? null : JSON.stringify(toldIn({ message: sentence, facts: facts ?? null }));

/** A sentence, and the facts by which a window words it: none of one that an earlier Falx wrote down. */
type Sentence<S = string> = { sentence: S; facts?: Record<string, unknown> };

/** What a column tells, for a record. @param brief where the file's name stands beside it. */
export const sentenceIn = (column: unknown, brief = false): Sentence<string | null> =>
  column === null || column === undefined
    ? { sentence: null }
    : sentenceOf(Part.parse(JSON.parse(column as string)), brief);

export function sentenceOf(told: Told, brief = false): Sentence {
  const sentence = sayWhole(told, { language: 'en', shell: 'cli', brief });
  return told.code === 'legacy' ? { sentence } : { sentence, facts: { why: told.code, ...told.parameters } };
}
