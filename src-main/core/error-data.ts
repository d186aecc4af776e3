import { asJson, FalxError, worded } from '../contract/errors.ts';
import type { ErrorData } from '../contract/failures.ts';
import { message } from '../contract/messages/catalogue.ts';
import { diskError } from '../system/disk-error.ts';
import { shortMessage } from '../system/short-message.ts';
import type { Log } from './log.ts';

/**
 * Anything thrown, as sent to a window. If it is no FalxError it is a bug in Falx: the log gets all of it, the window a sentence
 * that refers to the log.
 * @param during what was being done, for the log.
 */
export function errorData(thrown: unknown, log: Log, during: Record<string, unknown> = {}): ErrorData {
  const error = diskError(thrown);
  if (error instanceof FalxError)
    return { code: error.code, message: error.message, facts: asJson(error.facts) };
  log.error({ ...during, err: error }, 'fault');
  const detail = { from: 'error', text: shortMessage(error) };
  return { code: 'fault', ...worded(message('faultLogged', { log: log.file, detail })) };
}
