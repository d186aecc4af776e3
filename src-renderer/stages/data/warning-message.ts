type Message = { key: string; values: Record<string, string | number> };

/** Sentences of an import, and the messages that say the same in the language in use. */
const sentences: readonly [RegExp, (parts: string[]) => Message][] = [
  [
    /^(\d+) files? beside the class folders/,
    ([count]) => ({ key: 'data.warnLoose', values: { count: Number(count) } }),
  ],
  [/^(".*"): no files, left out\.$/, ([names = '']) => ({ key: 'data.warnNoFiles', values: { names } })],
  [
    /^The class names do not tell which one is the finding: "(.*)" was taken\./,
    ([name = '']) => ({ key: 'data.warnUnsure', values: { name } }),
  ],
  [
    /^"(.*)" has no image that can be read \((\d+) files?/,
    ([name = '', count]) => ({ key: 'data.warnEmptyClass', values: { name, count: Number(count) } }),
  ],
  [
    /^(\d+) files? (?:is|are) in both classes, byte for byte \(such as "(.*?)" and "(.*?)"\)/,
    ([count, first = '', second = '']) => ({
      key: 'data.warnBoth',
      values: { count: Number(count), first, second },
    }),
  ],
];

/** The message for a warning of the core; null for one that has none, which is shown as it is. */
export function warningMessage(warning: string): Message | null {
  for (const [pattern, message] of sentences) {
    const found = pattern.exec(warning);
    if (found) return message(found.slice(1));
  }
  return null;
}
