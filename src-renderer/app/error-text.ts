import { messageFromFacts } from '../../src-main/contract/errors.ts';
import { detailsOf, say, type StoredMessage as Message } from '../../src-main/contract/messages/say.ts';
import type { AppError } from './app-error.ts';
import { language } from './language.ts';
import { formatList, t, textOf } from './messages.ts';

/** The title of an error, in the current language. */
export function errorTitle(error: AppError): string {
  return textOf(`common.error.${error.code}.title`) ?? t('common.error.fault.title');
}

/** A general remedy, or null: messages of the catalogue contain their own. */
export function errorRemedy(error: AppError): string | null {
  if (messageFromFacts(error.facts)) return null;
  return textOf(`common.error.${error.code}.remedy`, { formats: formatList() });
}

/** A message of the core, in the current language. */
export const messageText = (message: Message): string => withDetails(message);

type ErrorText = { message: string; facts: Readonly<Record<string, unknown>> | null };

/**
 * What happened, to which file, and what to do about it, from the catalogue; an error from another version of Falx
 * that lacks a parameter shows its own English sentence.
 * @param brief without the file's name and the remedy: where the name is shown beside it
 */
export function errorDetail({ message, facts }: ErrorText, { brief = false } = {}): string {
  const coded = messageFromFacts(facts);
  return coded ? withDetails(coded, brief) : message;
}

const withDetails = (message: Message, brief = false): string =>
  [sentenceOf(message, brief), ...detailTexts(message).map((detail) => `[${detail}]`)].join(' ');

const sentenceOf = (message: Message, brief = false): string =>
  say(message, { language: language.current, shell: 'window', locale: language.locale, brief });

const detailTexts = (message: Message): string[] =>
  detailsOf(message).map((detail) => t('common.detail', detail));

/** The message, and apart from it the details in the words of libraries and the system, each with its source. */
export function errorParts(error: ErrorText): { text: string; details: string[] } {
  const coded = messageFromFacts(error.facts);
  return coded
    ? { text: sentenceOf(coded), details: detailTexts(coded) }
    : { text: errorDetail(error), details: [] };
}

/** Title and message in one, for a notice. */
export function errorSentence(error: AppError): string {
  const detail = errorDetail(error);
  return detail ? `${errorTitle(error)} ${detail}` : errorTitle(error);
}
