import { toldBy } from '../../src-main/contract/errors.ts';
import { detailsOf, say, type Told as Message } from '../../src-main/contract/messages/say.ts';
import { networkNames } from '../../src-main/contract/networks.ts';
import type { AppError } from './app-error.ts';
import { language } from './language.ts';
import { bytes, formatList, networkTitle, hasText, t, textOf } from './messages.ts';

/** What an error is called in the language in use. */
export function errorTitle(error: AppError): string {
  return textOf(`common.error.${error.code}.title`) ?? t('common.error.fault.title');
}

/** What a person can do about it in general, or null; particulars in the window's own words say it themselves. */
export function errorRemedy(error: AppError): string | null {
  if (toldBy(error.facts) || hasErrorText(error.facts['why'])) return null;
  return textOf(`common.error.${error.code}.remedy`, { formats: formatList() });
}

/** A message of the core, in the language in use. */
export const told = (message: Message): string => whole(message);

type Told = { message: string; facts: Readonly<Record<string, unknown>> | null };

/**
 * What happened, to which file, and what to do about it here: by `facts.why`, which the core gives with all that a
 * window words by itself: a code of the catalogue, or (what is left of an older way) `errors.<why>`. Where there is none, the core's own English sentence.
 * @param brief without the file's name and the remedy: where the name stands beside it
 */
export function errorDetail({ message, facts }: Told, { brief = false } = {}): string {
  const told = toldBy(facts);
  if (told) return whole(told, brief);
  if (!facts || !hasErrorText(facts['why'])) return message;
  const key = `errors.${String(facts['why'])}`;
  const values = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, written(name, fact)]));
  try {
    return textOf(key, values) ?? message;
  } catch (error) {
    // Records that an earlier Falx wrote may lack a fact.
    console.warn(error);
    return message;
  }
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

const hasErrorText = (why: unknown): boolean => hasText(`errors.${String(why)}`);

/** A list is named as far as is needed to know which are meant. */
const mostNamed = 8;

function written(name: string, fact: unknown): string | number {
  if (name === 'size' && typeof fact === 'number') return bytes(fact);
  if (typeof fact === 'number') return fact;
  if (Array.isArray(fact))
    return [
      ...fact.slice(0, mostNamed).map((one) => t('common.quoted', { name: String(one) })),
      ...(fact.length > mostNamed ? ['…'] : []),
    ].join(', ');
  const network = networkNames.find((known) => known === fact);
  if (network) return networkTitle(network);
  if (typeof fact === 'string') return fact;
  // A reason that has words of its own.
  const { why } = (fact ?? {}) as { why?: unknown };
  if (hasErrorText(why)) return errorDetail({ message: '', facts: fact as Record<string, unknown> });
  return JSON.stringify(fact ?? '');
}
