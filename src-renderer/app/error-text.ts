import type { AppError } from './errors.ts';
import { hasMessage, t } from './messages.ts';

/** What an error is called in the language in use. */
export function errorTitle(error: AppError): string {
  const key = `common.error.${error.code}.title`;
  return hasMessage(key) ? t(key) : t('common.error.fault.title');
}

/** What a person can do about it in general, or null; the error's own message has the particulars. */
export function errorRemedy(error: AppError): string | null {
  const key = `common.error.${error.code}.remedy`;
  return hasMessage(key) ? t(key) : null;
}

/** Title and particulars in one, for a notice. */
export function errorSentence(error: AppError): string {
  return error.message ? `${errorTitle(error)} ${error.message}` : errorTitle(error);
}
