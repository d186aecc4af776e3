import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { declareAll } from '../../src-main/shells/cli/main.ts';

const root = path.join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/*.md', 'docs/decisions/*.md'], { cwd: root });
const textOf = (document: string) => readFileSync(path.join(root, document), 'utf8');

/** GitHub's anchors of headings: of two equal ones the second gets the suffix -1. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const shown = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let [name, again] = [anchor, 0];
    while (anchors.has(name)) name = `${anchor}-${(again += 1)}`;
    anchors.add(name);
  }
  return anchors;
}

const ourPath = /^(src-main|src-renderer|test|build|docs|resources)\/[\w./-]+$/;
/** As in `src-main/networks/NAME.ts`. */
const placeholder = /\b[A-Z]{3,}\b/;

/** References in a document to what does not exist. */
function missingIn(document: string, text: string): string[] {
  const missing: string[] = [];
  for (const [, link] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
    const [file, anchor] = link!.split('#');
    const target = file === '' ? document : path.join(path.dirname(document), file!);
    if (!existsSync(path.join(root, target))) missing.push(link!);
    else if (anchor !== undefined && !anchorsOf(textOf(target)).has(anchor)) missing.push(link!);
  }
  for (const [, code] of text.matchAll(/`([^`\n]+)`/g)) {
    for (const [, script] of code!.matchAll(/npm run ([\w:-]+)/g))
      if (!(script! in scripts)) missing.push(`npm run ${script}`);
    if (!ourPath.test(code!) || placeholder.test(code!)) continue;
    // The threat model names its tests from test/ on.
    if (!['', 'test'].some((folder) => existsSync(path.join(root, folder, code!)))) missing.push(code!);
  }
  return missing;
}

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test.each(documents)('%s names files, headings and scripts that are there', (document) => {
  expect(missingIn(document, textOf(document))).toEqual([]);
});

test('what is not there is found: a file, a heading, a script, a path', () => {
  const text = '[a](gone.md) [b](#nowhere) `npm run gone` `src-main/gone.ts` [c](docs/checks.md#twins)';
  expect(missingIn('README.md', text)).toEqual(['gone.md', '#nowhere', 'npm run gone', 'src-main/gone.ts']);
});

test('docs/command-line.md has the JSON of every command', async () => {
  const { program } = await declareAll();
  const rows = textOf('docs/command-line.md').match(/^\| `.*$/gm)!;
  const described = new Set(
    rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([\w-]+)/g)].map(([, command]) => command!)),
  );
  expect([...described].sort()).toEqual(program.commands.map((command) => command.name()).sort());
});
