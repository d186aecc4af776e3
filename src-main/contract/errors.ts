/**
 * Errors a person can act on: a code for machines, the facts, and a sentence that says what happened,
 * to which file, and what to do. Anything else that is thrown is a fault of Falx itself.
 */
export const errorCodes = [
  'bad-usage',
  'not-found',
  'unreadable-file',
  'unsupported-format',
  'too-large',
  'bad-dataset',
  'bad-archive',
  'bad-split',
  'bad-weights',
  'weights-missing',
  'bad-run',
  'worker-failed',
  'out-of-memory',
  'tensorflow-missing',
  'gpu-support',
  'disk',
  'registry',
  'download-failed',
  'cancelled',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A part of a sentence for a window to word, in `facts.told`: `is`, a code, and what it is made of. */
export type Told = { is: string } & Readonly<Record<string, string | number>>;

/** By which a window words what went wrong: `why`, a code, and what its sentence is made of; null where it has no words. */
export function wordableFacts(error: unknown): Record<string, unknown> | null {
  if (!(error instanceof FalxError) || typeof error.facts['why'] !== 'string') return null;
  return JSON.parse(JSON.stringify(error.facts)) as Record<string, unknown>; // they may hold what is no JSON
}

/** Why a file is left out, a sentence that need not name it. */
export const reasonOf = ({ facts, message }: FalxError): string =>
  (facts['reason'] as string | undefined) ?? message;

export class FalxError extends Error {
  readonly code: ErrorCode;
  /** The file, id or value the error is about, and whatever else a screen needs to word it. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** @param message what happened, to which file, and what to do about it, as full sentences. */
  constructor(
    code: ErrorCode,
    message: string,
    facts: Record<string, unknown> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'FalxError';
    this.code = code;
    this.facts = facts;
  }
}
