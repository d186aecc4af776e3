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
import { inEnglish, sayWhole, type StoredMessage as Message } from './messages/say.ts';

export { errorCodes, type ErrorCode };

/** The facts from which a window words an error: `why`, a code, and its parameters; null if it has no message. */
export function wordableFacts(error: unknown): Record<string, unknown> | null {
  if (!(error instanceof FalxError) || typeof error.facts['why'] !== 'string') return null;
  return asJson(error.facts);
}

/** Facts as JSON can represent them: they may hold values that can't be serialised. */
export const asJson = (facts: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(facts)) as Record<string, unknown>;

/** A message with its English text, for sending or storing. */
export const worded = (told: Message): { message: string; facts: Record<string, unknown> } => ({
  message: inEnglish(told),
  facts: { why: told.code, ...told.parameters },
});

/** The message of what was sent or stored; from an earlier version of Falx its text as it is. */
export const messageOfWorded = ({ message, facts }: Worded): Message =>
  messageFromFacts(facts) ?? { code: 'legacy', parameters: { text: message } };

/** An error for sending or storing. */
export const dataOf = ({ code, message, facts }: FalxError): ErrorData => ({ code, message, facts });

/** Why a file is left out, as stored in records. */
export const leftOut = (error: FalxError): { reason: string; facts: Record<string, unknown> } => ({
  reason: reasonOf(error),
  facts: asJson(error.facts),
});

/** Why a file is left out, in a sentence that need not name it. */
export function reasonOf({ facts, message }: FalxError): string {
  const told = messageFromFacts(facts);
  return told ? sayWhole(told, { language: 'en', shell: 'cli', brief: true }) : message;
}

/** A code of the catalogue with its parameters. */
type Coded = {
  [C in ErrorMessageCode]: [code: C, parameters: ParametersOf<C>, options?: { cause?: unknown } | undefined];
}[ErrorMessageCode];

/**
 * An error that a user can act on: a code of the catalogue (`messages/catalogue.ts`) and its parameters. Each shell words it in the
 * user's language; `message` is its English, for programs and logs. Anything else that is thrown is a bug in Falx.
 */
export class FalxError extends Error {
  /** Its kind, for programs. */
  readonly code: ErrorCode;
  /** The catalogue's code, as `why`, and the parameters: everything that its sentence is made from. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(...[code, parameters, options]: Coded) {
    super(inEnglish({ code, parameters }), options);
    this.name = 'FalxError';
    this.code = catalogue[code].error;
    this.facts = { why: code, ...parameters };
  }

  /** Its message, to be worded by `say`. */
  get asMessage(): Message {
    return messageFromFacts(this.facts) ?? { code: 'legacy', parameters: { text: this.message } };
  }
}

/**
 * The message in an error's facts; null if they lack something, as those of an earlier version of Falx may, or belong to no error
 * of Falx.
 */
export function messageFromFacts(
  facts: Readonly<Record<string, unknown>> | null | undefined,
): Message | null {
  const code = facts?.['why'];
  if (!isMessageCode(code)) return null;
  const { why: _, ...parameters } = facts ?? {};
  const complete = Object.entries(entryOf(code).parameters).every(
    ([name, { optional, schema }]) =>
      (optional && parameters[name] == null) || schema.safeParse(parameters[name]).success,
  );
  return complete ? { code, parameters } : null;
}

/** Recreates an error from another process from the data it sent. */
export function recreatedError(data: ErrorData, options?: { cause?: unknown }): FalxError {
  const told = messageFromFacts(data.facts);
  return told && isErrorCode(told.code)
    ? new FalxError(...([told.code, told.parameters, options] as Coded))
    : new EarlierError(data, options);
}

/** An error worded by an earlier version of Falx. */
class EarlierError extends FalxError {
  override readonly code: ErrorCode;
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor({ code, message, facts }: ErrorData, options?: { cause?: unknown }) {
    super('earlierError', { text: message }, options);
    this.code = errorCodes.find((known) => known === code) ?? 'worker-failed';
    this.facts = facts;
  }
}
