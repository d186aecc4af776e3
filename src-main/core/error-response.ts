import { asJson, type FalxError } from '../contract/errors.ts';
import type { Core } from './core.ts';
import { errorData } from './error-data.ts';

/** An error as JSON: code, message, facts. */
export function failure(error: unknown, { log }: Pick<Core, 'log'>, address: string): Response {
  const data = errorData(error, log, { address });
  return json(data, statusOf(data.code));
}

function statusOf(code: string): number {
  switch (code) {
    case 'bad-usage':
      return 400;
    case 'not-found':
      return 404;
    case 'cancelled':
      return 499; // nobody reads it
    case 'unreadable-file':
    case 'unsupported-format':
    case 'too-large':
      return 422;
    case 'disk':
      return 507;
    default:
      return 500;
  }
}

export const json = (data: unknown, status: number, headers: Record<string, string> = {}): Response =>
  Response.json(data, { status, headers: { 'cache-control': 'no-store', ...headers } });

/** A refusal that the user can remedy, with a status that its kind does not determine. */
export const refusal = (
  { code, message, facts }: FalxError,
  status: number,
  headers?: Record<string, string>,
): Response => json({ code, message, facts: asJson(facts) }, status, headers);
