import { toldBy } from '../../src-main/contract/errors.ts';
import { detailsOf, say, type Told as Message } from '../../src-main/contract/messages/say.ts';
import type { AppError } from './app-error.ts';
import { language } from './language.ts';
import { formatList, t, textOf } from './messages.ts';

/** What an error is called in the language in use. */
export function errorTitle(error: AppError): string {
  return textOf(`common.error.${error.code}.title`) ?? t('common.error.fault.title');
}

/** What a person can do about it in general, or null; messages of the catalogue say it themselves. */
export function errorRemedy(error: AppError): string | null {
  if (toldBy(error.facts)) return null;
  return textOf(`common.error.${error.code}.remedy`, { formats: formatList() });
}

/** A message of the core, in the language in use. */
export const told = (message: Message): string => whole(message);

type Told = { message: string; facts: Readonly<Record<string, unknown>> | null };

/**
 * What happened, to which file, and what to do about it here, by the catalogue; an error of another Falx that lacks
 * something tells its own English sentence.
 * @param brief without the file's name and the remedy: where the name stands beside it
 */
export function errorDetail({ message, facts }: Told, { brief = false } = {}): string {
  const told = toldBy(facts);
  return told ? whole(told, brief) : message;
}

const whole = (told: Message, brief = false): string =>
  [sentenceOf(told, brief), ...detailTexts(told).map((said) => `[${said}]`)].join(' ');

const sentenceOf = (told: Message, brief = false): string =>
  say(told, { language: language.current, shell: 'window', locale: language.locale, brief });

const detailTexts = (told: Message): string[] => detailsOf(told).map((detail) => t('common.detail', detail));

/** What an error tells, and apart from it what libraries and the system say of it in their own words, each by its name. */
export function errorParts(error: Told): { text: string; details: string[] } {
  const told = toldBy(error.facts);
  return told
    ? { text: sentenceOf(told), details: detailTexts(told) }
    : { text: errorDetail(error), details: [] };
}

/** Title and particulars in one, for a notice. */
export function errorSentence(error: AppError): string {
  const detail = errorDetail(error);
  return detail ? `${errorTitle(error)} ${detail}` : errorTitle(error);
}
