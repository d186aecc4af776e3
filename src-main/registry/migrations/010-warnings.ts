import type { Database } from 'better-sqlite3';
import type { Migration } from './migrations.ts';

type Kept = { code: string; parameters: Record<string, unknown> };
type Found = Record<string, string>;

const counted = (found: Found) => ({ count: Number(found['count']) });
const withNames =
  (...names: string[]) =>
  (found: Found) => ({ ...counted(found), ...Object.fromEntries(names.map((name) => [name, found[name]])) });
const someRows = (found: Found) => ({
  ...withNames('table', 'first')(found),
  line: Number(found['line']),
});

/** `"one" (2 files), "other" (1 file)`; for a truncated list, the names it has. */
const countsIn = (text: string) =>
  [...text.matchAll(/"(?<name>.*?)" \((?<count>\d+)(?: files?)?\)/g)].map(({ groups }) => ({
    name: groups!['name'],
    count: Number(groups!['count']),
  }));

/** Sentences of Falx 1.x and their parameters. Historical: nothing is ever added here. */
const sentences: readonly [string, RegExp, (found: Found) => Record<string, unknown>][] = [
  ['warnLoose', /^(?<count>\d+) files? beside the class folders/, counted],
  [
    'warnNoFiles',
    /^(?<names>".*"): no files, left out\.$/,
    ({ names }) => ({ names: [...names!.matchAll(/"(.*?)"/g)].map(([, name]) => name) }),
  ],
  [
    'warnEmptyClass',
    /^"(?<name>.*)" has no image that can be read \((?<count>\d+) files?/,
    withNames('name'),
  ],
  [
    'warnBoth',
    /^(?<count>\d+) files? (?:is|are) in both classes, byte for byte \(such as "(?<first>.*?)" and "(?<second>.*?)"\)/,
    withNames('first', 'second'),
  ],
  ['warnUnlabelled', /^There are no class folders, so the scans have no labels:/, () => ({})],
  [
    'warnBurnedIn',
    /^(?<count>\d+) pictures? (?:has|have) annotations in the pixels, .*\(such as "(?<first>.*)"\)\./,
    withNames('first'),
  ],
  [
    'warnPerhapsBurnedIn',
    /^(?<count>\d+) pictures? may have annotations in the pixels: .*\(such as "(?<first>.*)"\)\./,
    withNames('first'),
  ],
  [
    'warnNamed',
    /^(?<count>\d+) pictures? (?:lies|lie) in a file or folder that is called by the patient’s name/,
    counted,
  ],
  [
    'warnRowsElsewhere',
    /^(?<count>\d+) rows? of "(?<table>.*)" (?:names a file|name files) in "(?<folder>.*)", which was taken for this folder\.$/,
    withNames('table', 'folder'),
  ],
  [
    'warnRowsGone',
    /^(?<count>\d+) rows? of "(?<table>.*)" names? (?:a file that is|files that are) not there \(such as "(?<first>.*)" in line (?<line>\d+)\)/,
    someRows,
  ],
  [
    'warnRowsSeveral',
    /^(?<count>\d+) rows? of "(?<table>.*)" fits? several files, so none was taken \(such as "(?<first>.*)" in line (?<line>\d+)\)/,
    someRows,
  ],
  ['warnRowsNameless', /^(?<count>\d+) rows? of "(?<table>.*)" names? no file\.$/, withNames('table')],
  ['warnRowsTwice', /^(?<count>\d+) rows? of "(?<table>.*)" repeats? an earlier one\.$/, withNames('table')],
  [
    'warnNoRow',
    /^"(?<table>.*)" has no row for (?<count>\d+) files?, .*\(such as "(?<first>.*)"\)\.$/,
    withNames('table', 'first'),
  ],
  ['warnNoLabel', /^(?<count>\d+) files? (?:has|have) no label in "(?<table>.*)" and/, withNames('table')],
  [
    'warnOtherLabels',
    /^Files with other labels were left out: (?<list>.*)\.$/,
    ({ list }) => ({ labels: countsIn(list!) }),
  ],
  [
    'warnOtherClasses',
    /^Other class folders were left out: (?<list>.*)\.$/,
    ({ list }) => ({ classes: countsIn(list!) }),
  ],
  [
    'warnNoPatient',
    /^"(?<table>.*)" gives no patient for (?<count>\d+) of (?<total>\d+) files \(such as "(?<first>.*)"\):/,
    (found) => ({ ...withNames('table', 'first')(found), total: Number(found['total']) }),
  ],
  [
    'warnPatientsAlike',
    /^Patients in "(?<table>.*)" differ in case, spaces or signs only \(such as in lines (?<first>\d+) and (?<second>\d+)\)/,
    ({ table, first, second }) => ({ table, first: Number(first), second: Number(second) }),
  ],
];

function messageOf(text: string): Kept {
  for (const [code, pattern, parametersOf] of sentences) {
    const found = pattern.exec(text);
    if (found) return { code, parameters: parametersOf({ ...found.groups }) };
  }
  return { code: 'legacy', parameters: { text } };
}

/** Import warnings, kept as English sentences so far: as codes with parameters. Unknown sentences stay as they are, `legacy`. */
export const warnings: Migration = {
  number: 10,
  sql: '',
  rows(db: Database) {
    const update = db.prepare('UPDATE datasets SET warnings = ? WHERE id = ?');
    for (const row of db.prepare(`SELECT id, warnings FROM datasets WHERE warnings <> '[]'`).all()) {
      const { id, warnings: kept } = row as { id: string; warnings: string };
      const sentencesOfRow = JSON.parse(kept) as string[];
      update.run(JSON.stringify(sentencesOfRow.map(messageOf)), id);
    }
  },
};
