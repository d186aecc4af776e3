import type { ErrorData, Worded } from './failures.ts';
import { entryOf, isMessageCode, type ErrorMessageCode, type ParametersOf } from './messages/catalogue.ts';
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
  if (told) return sayWhole(told, { language: 'en', shell: 'cli', brief: true });
  return (facts['reason'] as string | undefined) ?? message;
}

/**
 * An error that a person can act on: a code of the catalogue (`messages/catalogue.ts`) and its parameters. Whoever shows
 * it words it in the person's language; `message` is its English, for programs and logs. Anything else that is thrown is
 * a fault of Falx itself.
 */
export class FalxError<C extends ErrorMessageCode = ErrorMessageCode> extends Error {
  /** Its kind, for programs. */
  readonly code: ErrorCode;
  /** The catalogue's code, as `why`, and the parameters: all that its words are made of. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: C, parameters: ParametersOf<C>, options?: { cause?: unknown });
  /** @deprecated a sentence in one language; give a code of the catalogue. */
  constructor(
    code: ErrorCode,
    message: string,
    facts?: Record<string, unknown>,
    options?: { cause?: unknown },
  );
  constructor(
    code: string,
    second: string | Readonly<Record<string, unknown>>,
    third?: Readonly<Record<string, unknown>>,
    fourth?: { cause?: unknown },
  ) {
    if (typeof second === 'string') {
      super(second, fourth);
      this.code = code as ErrorCode;
      this.facts = third ?? {};
    } else {
      super(inEnglish({ code, parameters: second }), third);
      this.code = entryOf(code as C).error ?? 'worker-failed';
      this.facts = { why: code, ...second };
    }
    this.name = 'FalxError';
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
export function revived({ code, message, facts }: ErrorData, options?: { cause?: unknown }): FalxError {
  const told = toldBy(facts);
  return told
    ? new FalxError(told.code as ErrorMessageCode, told.parameters, options)
    : new FalxError(errorCodes.find((known) => known === code) ?? 'worker-failed', message, facts, options);
}
