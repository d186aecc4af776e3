import { IntlMessageFormat } from 'intl-messageformat';

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

/** Types of elements in a parsed message: text, and the # of a plural. */
const [plainText, hash] = [0, 7];

/**
 * Names of a message's arguments, including those inside its plurals and choices. `written` excludes those that only
 * choose a word: "is" and "are" are one word in Korean.
 */
export function argumentsOf(message: string): { all: string[]; written: string[] } {
  const all = new Set<string>();
  const written = new Set<string>();
  const walk = (elements: Element[], counted: string) => {
    for (const element of elements) {
      const type: number = element.type;
      if (type === plainText) continue;
      const name = 'value' in element && type !== hash ? element.value : counted;
      all.add(name);
      if (!('options' in element)) written.add(name);
      else for (const option of Object.values(element.options)) walk(option.value, name);
    }
  };
  walk(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst(), '');
  return { all: [...all].sort(), written: [...written].sort() };
}
