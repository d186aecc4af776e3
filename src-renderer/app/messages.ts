import { readableFormats } from '../../src-main/contract/formats.ts';
import {
  measureHelp as helpOf,
  measureLabel as labelOf,
  measureTable,
  type MeasureName,
} from '../../src-main/contract/measures.ts';
import { networkAbout as aboutOf, type NetworkName } from '../../src-main/contract/networks.ts';
import { messagesOf } from '../messages/load.ts';
import { formatterIn, type Formatter } from '../../src-main/contract/messages/formatter.ts';
import { language } from './language.ts';
import type { MessageKey, Sentence, ValuesGiven } from './sentence.ts';
import { Translator, type Values } from './translator.ts';

/** Text, numbers and dates in the current language; all of it follows when the language changes. */

const translators = new Map<string, Translator>();

/** The text of a key (`<file>.<key>`) with its ICU arguments. A wrong key or a missing value does not compile. */
export function t<K extends MessageKey>(key: K, ...[values]: ValuesGiven<K>): string {
  return translator().translate(key, values as Values | undefined);
}

/** The text of a `Sentence`, in the current language. */
export const sentenceText = ({ key, values }: Sentence): string => translator().translate(key, values);

/** The text of a key that is composed at run time; null where there is none. */
export const textOf = (key: string, values?: Values): string | null =>
  translator().has(key) ? translator().translate(key, values) : null;

/** @param digits fixed number of decimals; without it up to 3, as needed. */
export const number = (x: number | null | undefined, digits?: number): string =>
  formatter().number(x, digits);

/** @param x a fraction, 0 to 1. */
export const percent = (x: number | null | undefined, digits = 1): string => formatter().percent(x, digits);

export const bytes = (x: number | null | undefined): string => formatter().bytes(x);

export const duration = (seconds: number | null | undefined): string => formatter().duration(seconds);

/** @param iso ISO 8601. */
export const dateTime = (iso: string | null | undefined): string => formatter().dateTime(iso);

export { networkTitle } from '../../src-main/contract/networks.ts';

/** A measure's name as a standalone label: "Sensitivity", "PPV". */
export function measureLabel(name: MeasureName): string {
  const label = labelOf(name, language.current);
  return label.charAt(0).toLocaleUpperCase(language.locale) + label.slice(1);
}

/** What a measure means. */
export const measureHelp = (name: MeasureName): string => helpOf(name, language.current);

/** What a network is suited for, in a sentence. */
export const networkAbout = (name: NetworkName): string => aboutOf(name, language.current);

/** A measure's value with its own number of digits, as a percentage or a plain number. */
export const measureText = (name: MeasureName, value: number | null): string => {
  const { as, digits } = measureTable[name];
  return as === 'percent' ? percent(value, digits) : number(value, digits);
};

/** The image formats that Falx reads, as a list in words. */
export const formatList = (): string => readableFormats(language.locale);

/** The formatter of the current locale. */
export const formatter = (): Formatter => formatterIn(language.locale);

function translator(): Translator {
  const { current, locale } = language;
  let found = translators.get(locale);
  if (!found) translators.set(locale, (found = new Translator(messagesOf(current), locale)));
  return found;
}
