import { IntlMessageFormat } from 'intl-messageformat';
import { readableFormats } from '../formats.ts';
import { networkTitle, type NetworkName } from '../networks.ts';
import { lastName } from '../paths.ts';
import { entryOf, isMessageCode, type MessageCode } from './catalogue.ts';
import { formatterIn, type Formatter } from './formatter.ts';
import { defaultLocales, type Language } from './languages.ts';
import type { Detail } from './parameters.ts';
import { words } from './words.ts';

/** How a message is written. */
export type Manner = {
  readonly language: Language;
  /** The command line names commands, the window its buttons. */
  readonly shell: 'cli' | 'window';
  /** Whether the file is shown beside it, as in a table: the reason alone, without name and remedy. */
  readonly brief?: boolean;
  /** BCP 47, for numbers; without it the language's default. */
  readonly locale?: string;
};

/** A message as sent or stored: a newer version of Falx may have written it. */
export type StoredMessage = { readonly code: string; readonly parameters: Readonly<Record<string, unknown>> };

/** Most names written out of a list. */
const MOST_NAMED = 8;

/** The message in words, without libraries' own words ({@link detailsOf}). */
export function say(told: StoredMessage, manner: Manner): string {
  const { code, parameters } = told;
  if (!isMessageCode(code)) return unknown(told);
  const written: Record<string, string | number | boolean> = {
    shell: manner.shell,
    brief: manner.brief ? 'yes' : 'no',
    // A getter, since few sentences name them.
    get formats() {
      return readableFormats(localeOf(manner));
    },
  };
  for (const [name, { kind }] of Object.entries(entryOf(code).parameters)) {
    if (kind === 'detail' || kind === 'fact') continue;
    written[name] = write(kind, parameters[name], manner);
  }
  return quoted(String(formatOf(code, manner).format(written)), manner);
}

/** What libraries and the system say about it, outermost first; including its parts. */
export function detailsOf({ code, parameters }: StoredMessage): Detail[] {
  if (!isMessageCode(code)) return [];
  return Object.entries(entryOf(code).parameters).flatMap(([name, { kind }]) => {
    const value = parameters[name];
    if (value === undefined || value === null) return [];
    if (kind === 'detail') return [value as Detail];
    if (kind === 'messages' || kind === 'list') return (value as readonly StoredMessage[]).flatMap(detailsOf);
    return kind === 'message' || kind === 'brief' ? detailsOf(value as StoredMessage) : [];
  });
}

/** The message in words, followed in brackets by the details, each with its source: where all must be one text. */
export const sayWhole = (told: StoredMessage, manner: Manner): string =>
  [say(told, manner), ...detailsOf(told).map(({ from, text }) => `[${from}: ${text}]`)].join(' ');

/** As errors carry it for programs and logs. */
export const inEnglish = (told: StoredMessage): string => sayWhole(told, { language: 'en', shell: 'cli' });

function write(kind: string, value: unknown, manner: Manner): string | number {
  if (value === undefined || value === null) return '';
  switch (kind) {
    case 'number':
      return value as number;
    case 'names':
      return namesOf(value as readonly string[], manner);
    case 'counts':
      return countsOf(value as readonly { name: string; count: number }[], manner);
    case 'bytes':
      return formatterOf(manner).bytes(value as number);
    case 'seconds':
      return formatterOf(manner).duration(value as number);
    case 'percent':
      return formatterOf(manner).percent(value as number);
    case 'message':
      return say(value as StoredMessage, { ...manner, brief: false });
    case 'brief':
      return say(value as StoredMessage, { ...manner, brief: true });
    case 'messages':
      return (value as readonly StoredMessage[]).map((one) => ` ${say(one, manner)}`).join('');
    case 'list':
      return (value as readonly StoredMessage[]).map((one) => say(one, manner)).join(', ');
    case 'place':
      return manner.shell === 'cli' ? (value as string) : lastName(value as string);
    case 'network':
      return networkTitle(value as NetworkName);
    default:
      return value as string;
  }
}

const namesOf = (all: readonly string[], manner: Manner): string =>
  listed(all.map((name) => inQuotes(name, manner)));

const countsOf = (all: readonly { name: string; count: number }[], manner: Manner): string =>
  listed(all.map(({ name, count }) => `${inQuotes(name, manner)} (${count})`));

const inQuotes = (name: string, { language }: Manner): string =>
  language === 'ko' ? `‘${name}’` : `“${name}”`;

const listed = (all: readonly string[]): string =>
  [...all.slice(0, MOST_NAMED), ...(all.length > MOST_NAMED ? ['…'] : [])].join(', ');

/** Plain quotation marks in terminals and logs, where texts are searched for. */
const quoted = (text: string, { shell, language }: Manner): string =>
  shell === 'cli' && language === 'en' ? text.replaceAll(/[“”]/g, '"') : text;

/** Written by a newer version of Falx: its code is better than nothing. */
const unknown = ({ code, parameters }: StoredMessage): string => `${code} ${JSON.stringify(parameters)}`;

const localeOf = ({ language, locale = defaultLocales[language] }: Manner): string => locale;
const formatterOf = (manner: Manner): Formatter => formatterIn(localeOf(manner));

const formats = new Map<string, IntlMessageFormat>();

function formatOf(code: MessageCode, manner: Manner): IntlMessageFormat {
  const locale = localeOf(manner);
  const key = `${manner.language} ${locale} ${code}`;
  let found = formats.get(key);
  if (!found) {
    found = new IntlMessageFormat(words[manner.language][code], locale, undefined, { ignoreTag: true });
    formats.set(key, found);
  }
  return found;
}
