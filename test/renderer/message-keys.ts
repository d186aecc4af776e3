import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const window = join(import.meta.dirname, '../../src-renderer');

export const messageFiles = [
  'common',
  'data',
  'check',
  'split',
  'train',
  'compare',
  'studies',
  'predict',
  'runs',
  'settings',
  'first',
];

export type UsedKey = {
  /** `train.start`, or `train.preset.${name}.text`, where a placeholder stands for one or more parts. */
  key: string;
  pattern: RegExp;
  file: string;
};

/** All strings in the window's sources that are message keys: literals, or templates with placeholders. */
export function usedKeys(): UsedKey[] {
  const begins = new RegExp(`^(?:${messageFiles.join('|')})\\.`);
  return sources().flatMap(({ file, text }) =>
    literals(text)
      .filter((literal) => begins.test(literal) && isKey(withoutHoles(literal)))
      .map((key) => ({ key, file, pattern: patternOf(key) })),
  );
}

function sources(): { file: string; text: string }[] {
  return (
    readdirSync(window, { recursive: true, encoding: 'utf8' })
      // The generated types list all keys, and use none.
      .filter((file) => /\.(?:svelte|ts)$/.test(file) && !file.endsWith('message-arguments.ts'))
      .map((file) => ({ file, text: readFileSync(join(window, file), 'utf8') }))
  );
}

/** Strings and templates of a source, including those inside placeholders. */
function literals(text: string): string[] {
  const found = [...text.matchAll(/'([^'\n\\]*)'|"([^"\n\\]*)"/g)].map((match) => match[1] ?? match[2] ?? '');
  for (const { index } of text.matchAll(/`/g)) {
    const template = templateAt(text, index);
    if (template !== null) found.push(template);
  }
  return found;
}

/** The template that begins at a backtick, each placeholder written `${}`; null if it does not end on its line. */
function templateAt(text: string, start: number): string | null {
  let written = '';
  for (let at = start + 1; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '`') return written;
    if (sign === '\n') return null;
    if (sign !== '$' || text[at + 1] !== '{') {
      written += sign;
      continue;
    }
    let depth = 1;
    for (at += 2; at < text.length && depth > 0; at++) {
      if (text[at] === '{') depth++;
      if (text[at] === '}') depth--;
    }
    at--;
    written += '${}';
  }
  return null;
}

/** Excludes file names and sentences. */
const isKey = (text: string) => /^[\w.-]+$/.test(text) && !/\.(?:ts|svelte|json|css|csv)$/.test(text);

const withoutHoles = (key: string) => key.replaceAll('${}', '');

function patternOf(key: string): RegExp {
  const parts = key.split('${}').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[\\w.-]+')}$`);
}
