// npm run messages:types: generates src-renderer/messages/message-arguments.ts from the window's English texts, so that a
// wrong key or a missing value does not compile. `test/renderer/message-types.test.ts` fails when it is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';

const folder = path.join(import.meta.dirname, '../src-renderer/messages');
export const typesFile = path.join(folder, 'message-arguments.ts');

/** @typedef {{ [key: string]: string | Texts }} Texts */

/** The type of an argument by its element's type in the parsed message; tags have none. @type {Readonly<Record<number, string>>} */
const types = {
  1: 'string | number',
  2: 'number',
  3: 'Date',
  4: 'Date',
  5: 'string | boolean',
  6: 'number',
};

/** @returns {string} the generated file for the current texts. */
export function messageTypes() {
  const lines = readdirSync(path.join(folder, 'en'))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) =>
      linesOf(
        JSON.parse(readFileSync(path.join(folder, 'en', file), 'utf8')),
        file.slice(0, -'.json'.length),
      ),
    );
  return `// Written by "npm run messages:types"; not by hand.

/** The values that each of the window's own texts is made with. */
export type MessageArguments = {
${lines.join('\n')}
};
`;
}

/** @param {Texts} texts @param {string} above @returns {string[]} */
function linesOf(texts, above) {
  return Object.entries(texts).flatMap(([key, text]) => {
    const whole = `${above}.${key}`;
    if (typeof text !== 'string') return linesOf(text, whole);
    /** @type {Map<string, string>} */
    const found = new Map();
    const ast = new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst();
    collect(ast, found);
    const values = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => `${name}: ${type}`);
    return [`  '${whole}': ${values.length === 0 ? 'object' : `{ ${values.join('; ')} }`};`];
  });
}

/**
 * Collects the arguments; one used as a number anywhere is a number everywhere.
 * @param {ReturnType<IntlMessageFormat['getAst']>} elements @param {Map<string, string>} into
 */
function collect(elements, into) {
  for (const element of elements) {
    const type = types[element.type];
    if (type === undefined || !('value' in element)) continue;
    const before = into.get(element.value);
    if (before === undefined || (before !== 'number' && type !== types[1])) into.set(element.value, type);
    if ('options' in element)
      for (const option of Object.values(element.options)) collect(option.value, into);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(typesFile, messageTypes());
