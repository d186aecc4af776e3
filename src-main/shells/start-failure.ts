import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import { sayWhole } from '../contract/messages/say.ts';
import type { Language } from '../contract/messages/languages.ts';
import { diskError } from '../system/disk-error.ts';
import { shortMessage } from '../system/short-message.ts';

/**
 * Why Falx could not be started, as full sentences: there is no window yet to word it. Its remedies are commands, since there are
 * no buttons.
 */
export function startFailure(thrown: unknown, language: Language): string {
  const error = diskError(thrown);
  const told =
    error instanceof FalxError
      ? error.asMessage
      : message('fault', { detail: { from: 'error', text: shortMessage(error) } });
  return sayWhole(told, { language, shell: 'cli' });
}
