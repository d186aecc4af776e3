import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { words } from '../../src-main/contract/messages/words.ts';
import { Translator } from '../../src-renderer/app/translator.ts';
import { messagesOf } from '../../src-renderer/messages/load.ts';
import { programFolder } from '../../src-main/system/installation.ts';

/** What users of an installed Falx lack: npm, and a folder of its sources. */
const aDevelopers = /\bnp[mx]\b|Falx folder|Falx 폴더/;

/** All texts of a source: strings, and the literal parts of templates. */
function textsOf(file: string): string[] {
  const found: string[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      found.push(node.text);
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

describe('in an installed Falx', () => {
  test('no sentence in the core’s sources speaks of npm', () => {
    const core = path.join(programFolder, 'src-main');
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\bnp[mx]\b|Falx folder/.test(file.endsWith('.ts') ? readFileSync(path.join(core, file), 'utf8') : ''),
    );
    const speaking = files.filter((file) =>
      textsOf(path.join(core, file)).some((text) => aDevelopers.test(text)),
    );
    // A checkout's command is `npx falx`.
    expect(speaking).toEqual([path.join('system', 'installation.ts')]);
  });

  test.each(['en', 'ko'] as const)('no message of the window does, rendered in %s', (locale) => {
    const told = Object.entries(words[locale]).map(([code, text]) => [`catalogue.${code}`, text] as const);
    const messages = { ...messagesOf(locale), ...(Object.fromEntries(told) as Record<string, string>) };
    const translator = new Translator(messages, locale);
    const render = (key: string, installation: string) => {
      // Every value that a message may need: how Falx was installed is the one that matters.
      const names = [...messages[key]!.matchAll(/\{(\w+)/g)].map(([, name]) => [name!, 1]);
      return translator.translate(key, {
        ...(Object.fromEntries(names) as object),
        installation,
        shell: 'window',
      });
    };
    const speaking = Object.keys(messages).filter((key) => aDevelopers.test(messages[key]!));
    const said = (installation: string) =>
      speaking.filter((key) => {
        const words = render(key, installation);
        if (words === key || words === messages[key]) throw new Error(`${key} can’t be rendered`);
        return aDevelopers.test(words);
      });
    expect(said('package')).toEqual([]);
    expect(said('user')).toEqual([]);
    expect(said('checkout')).toEqual(speaking);
    expect(speaking).toContain('catalogue.tensorflowNotSetUp');
    // Where a core does not say, as an older one might, nobody is sent to npm either.
    expect(said('')).toEqual([]);
  });
});
