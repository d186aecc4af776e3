import { flatten, type Messages } from '../app/translator.ts';
import type { Language } from '../../src-main/contract/messages/languages.ts';

// Both languages travel with the window, so that changing it needs no wait.
const files = import.meta.glob<Parameters<typeof flatten>[0]>('./*/*.json', {
  eager: true,
  import: 'default',
});

/** All messages of a language: `<file>.<key>` → ICU message. */
export function messagesOf(language: Language): Messages {
  const messages: Record<string, string> = {};
  for (const [path, tree] of Object.entries(files)) {
    const [, folder, file] = /^\.\/(\w+)\/(\w+)\.json$/.exec(path) ?? [];
    if (folder === language && file) flatten(tree, file, messages);
  }
  return messages;
}
