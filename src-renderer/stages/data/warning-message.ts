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
  [
    /^There are no class folders, so the scans have no labels:/,
    () => ({ key: 'data.warnUnlabelled', values: {} }),
  ],
  [
    /^(\d+) pictures? (?:has|have) annotations in the pixels, .*\(such as "(.*)"\)\./,
    ([count, first = '']) => ({ key: 'data.warnBurnedIn', values: { count: Number(count), first } }),
  ],
  [
    /^(\d+) pictures? may have annotations in the pixels: .*\(such as "(.*)"\)\./,
    ([count, first = '']) => ({ key: 'data.warnPerhapsBurnedIn', values: { count: Number(count), first } }),
  ],
  [
    /^(\d+) pictures? (?:lies|lie) in a file or folder that is called by the patient’s name/,
    ([count]) => ({ key: 'data.warnNamed', values: { count: Number(count) } }),
  ],
  [
    /^(\d+) rows? of "(.*)" (?:names a file|name files) in "(.*)", which was taken for this folder\.$/,
    ([count, table = '', folder = '']) => ({
      key: 'data.warnRowsElsewhere',
      values: { count: Number(count), table, folder },
    }),
  ],
  ofRows(
    /^(\d+) rows? of "(.*)" names? (?:a file that is|files that are) not there \(such as "(.*)" in/,
    'Gone',
  ),
  ofRows(/^(\d+) rows? of "(.*)" fits? several files, so none was taken \(such as "(.*)" in/, 'Several'),
  ofRows(/^(\d+) rows? of "(.*)" names? no file\.$/, 'Nameless'),
  ofRows(/^(\d+) rows? of "(.*)" repeats? an earlier one\.$/, 'Twice'),
  [
    /^"(.*)" has no row for (\d+) files?, .*\(such as "(.*)"\)\.$/,
    ([table = '', count, first = '']) => ({
      key: 'data.warnNoRow',
      values: { table, count: Number(count), first },
    }),
  ],
  [
    /^(\d+) files? (?:has|have) no label in "(.*)" and/,
    ([count, table = '']) => ({ key: 'data.warnNoLabel', values: { count: Number(count), table } }),
  ],
  [
    /^Files with other labels were left out: (.*)\.$/,
    ([labels = '']) => ({ key: 'data.warnOtherLabels', values: { labels } }),
  ],
  [
    /^Other class folders were left out: (.*)\.$/,
    ([classes = '']) => ({ key: 'data.warnOtherClasses', values: { classes } }),
  ],
  [
    /^"(.*)" gives no patient for (\d+) of (\d+) files \(such as "(.*)"\):/,
    ([table = '', count, total, first = '']) => ({
      key: 'data.warnNoPatient',
      values: { table, count: Number(count), total: Number(total), first },
    }),
  ],
];

/** What is told of some rows of a table: how many, of which table, and perhaps the first. */
function ofRows(pattern: RegExp, what: string): [RegExp, (parts: string[]) => Message] {
  return [
    pattern,
    ([count, table = '', first]) => ({
      key: `data.warnRows${what}`,
      values: { count: Number(count), table, ...(first === undefined ? {} : { first }) },
    }),
  ];
}

/** The message for a warning of the core; null for one that has none, which is shown as it is. */
export function warningMessage(warning: string): Message | null {
  for (const [pattern, message] of sentences) {
    const found = pattern.exec(warning);
    if (found) return message(found.slice(1));
  }
  return null;
}
