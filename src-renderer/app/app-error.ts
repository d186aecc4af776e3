import type { ErrorData } from '../../src-main/contract/failures.ts';

/** An error to show a person: FalxError's code, message and facts, whichever transport it came over. */
export class AppError extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, facts: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.facts = facts;
  }
}

/** An error that the core reported or stored. */
export const appErrorOf = ({ code, message, facts }: ErrorData): AppError =>
  new AppError(code, message, facts);

/** Whatever was thrown, as an AppError. An error without a code is a bug in Falx. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) return new AppError('fault', String(error), {}, { cause: error });
  const { code, data, facts } = error as Error & { code?: unknown; data?: unknown; facts?: unknown };
  return new AppError(
    typeof code === 'string' ? code : 'fault',
    error.message,
    recordOf(data) ?? recordOf(facts) ?? {},
    { cause: error },
  );
}

function recordOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
