import type { ErrorData, Worded } from './failures.ts';
import {
  catalogue,
  entryOf,
  isErrorCode,
  isMessageCode,
  type ErrorMessageCode,
  type ParametersOf,
} from './messages/catalogue.ts';
import { errorCodes, type ErrorCode } from './messages/entry.ts';
import { inEnglish, sayWhole, type Told as Message } from './messages/say.ts';

export { errorCodes, type ErrorCode };

/** By which a window words what went wrong: `why`, a code, and what its sentence is made of; null where it has no words. */
export function wordableFacts(error: unknown): Record<string, unknown> | null {
  if (!(error instanceof FalxError) || typeof error.facts['why'] !== 'string') return null;
  return asJson(error.facts);
}

/** Facts as JSON would have them: they may hold what no wire can carry. */
export const asJson = (facts: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(facts)) as Record<string, unknown>;

/** What is told, with its English beside it, for a wire or a record. */
export const worded = (told: Message): { message: string; facts: Record<string, unknown> } => ({
  message: inEnglish(told),
  facts: { why: told.code, ...told.parameters },
});

/** What came over a wire or from a record, to be worded; as the sentence it has where it is of an earlier Falx. */
export const toldIn = ({ message, facts }: Worded): Message =>
  toldBy(facts) ?? { code: 'legacy', parameters: { text: message } };

/** An error for a wire or a record. */
export const dataOf = ({ code, message, facts }: FalxError): ErrorData => ({ code, message, facts });

/** Why a file is left out, as records have it. */
export const leftOut = (error: FalxError): { reason: string; facts: Record<string, unknown> } => ({
  reason: reasonOf(error),
  facts: asJson(error.facts),
});

/** Why a file is left out, a sentence that need not name it. */
export function reasonOf({ facts, message }: FalxError): string {
  const told = toldBy(facts);
  return told ? sayWhole(told, { language: 'en', shell: 'cli', brief: true }) : message;
}

/** A code of the catalogue with its parameters. */
type Coded = {
  [C in ErrorMessageCode]: [code: C, parameters: ParametersOf<C>, options?: { cause?: unknown } | undefined];
}[ErrorMessageCode];

/**
 * An error that a person can act on: a code of the catalogue (`messages/catalogue.ts`) and its parameters. Whoever shows
 * it words it in the person's language; `message` is its English, for programs and logs. Anything else that is thrown is
 * a fault of Falx itself.
 */
export class FalxError extends Error {
  /** Its kind, for programs. */
  readonly code: ErrorCode;
  /** The catalogue's code, as `why`, and the parameters: all that its words are made of. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(...[code, parameters, options]: Coded) {
    super(inEnglish({ code, parameters }), options);
    this.name = 'FalxError';
    this.code = catalogue[code].error;
    this.facts = { why: code, ...parameters };
  }

  /** What it tells, to be worded by `say`. */
  get told(): Message {
    return toldBy(this.facts) ?? { code: 'legacy', parameters: { text: this.message } };
  }
}

/** The message that an error's facts carry; null where they are of an earlier Falx and lack something, or of no error of Falx. */
export function toldBy(facts: Readonly<Record<string, unknown>> | null | undefined): Message | null {
  const code = facts?.['why'];
  if (!isMessageCode(code)) return null;
  const { why: _, ...parameters } = facts ?? {};
  const complete = Object.entries(entryOf(code).parameters).every(
    ([name, { optional, schema }]) =>
      (optional && parameters[name] == null) || schema.safeParse(parameters[name]).success,
  );
  return complete ? { code, parameters } : null;
}

/** An error as it was in another process, from what was sent of it. */
export function revived(data: ErrorData, options?: { cause?: unknown }): FalxError {
  const told = toldBy(data.facts);
  return told && isErrorCode(told.code)
    ? new FalxError(...([told.code, told.parameters, options] as Coded))
    : new EarlierError(data, options);
}

/** As an earlier Falx told it, in a sentence. */
class EarlierError extends FalxError {
  override readonly code: ErrorCode;
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor({ code, message, facts }: ErrorData, options?: { cause?: unknown }) {
    super('earlierError', { text: message }, options);
    this.code = errorCodes.find((known) => known === code) ?? 'worker-failed';
    this.facts = facts;
  }
}
