import { IntlMessageFormat } from 'intl-messageformat';

export type Values = Record<string, string | number | boolean | Date | null | undefined>;

/** The messages of one language, by `<file>.<key>`. */
export type Messages = Readonly<Record<string, string>>;

/** Formats ICU messages in one language. */
export class Translator {
  readonly #messages: Messages;
  readonly #locale: string;
  readonly #formats = new Map<string, IntlMessageFormat>();

  constructor(messages: Messages, locale: string) {
    this.#messages = messages;
    this.#locale = locale;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#messages, key);
  }

  /** @throws RangeError for a key without a message, so that a test fails. */
  translate(key: string, values?: Values): string {
    let format = this.#formats.get(key);
    if (!format) {
      const message = this.#messages[key];
      if (message === undefined) throw new RangeError(`no message for ${key}`);
      format = new IntlMessageFormat(message, this.#locale, undefined, { ignoreTag: true });
      this.#formats.set(key, format);
    }
    return String(format.format(values));
  }
}

type Tree = { [key: string]: string | Tree };

/** Flattens nested messages: the text at `a.b` of the file `f` becomes `f.a.b`. */
export function flatten(
  tree: Tree,
  above: string,
  into: Record<string, string> = {},
): Record<string, string> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') into[`${above}.${key}`] = value;
    else flatten(value, `${above}.${key}`, into);
  }
  return into;
}
