import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { isMessageCode } from '../../../src-main/contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../../../src-main/contract/messages/say.ts';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

/** As Falx wrote them until 1.3: the sentence and its current code. */
const kept: [string, string, Record<string, unknown>][] = [
  ['1 file beside the class folders was left out.', 'warnLoose', { count: 1 }],
  ['"Old", "Older": no files, left out.', 'warnNoFiles', { names: ['Old', 'Older'] }],
  [
    '"Healthy" has no image that can be read (2 files are in quarantine). The dataset cannot be split before both classes have images.',
    'warnEmptyClass',
    { name: 'Healthy', count: 2 },
  ],
  [
    '3 files are in both classes, byte for byte (such as "no/b.png" and "yes/a.png"): one label of each must be wrong.',
    'warnBoth',
    { count: 3, first: 'no/b.png', second: 'yes/a.png' },
  ],
  [
    'There are no class folders, so the scans have no labels: they can be looked at, checked for twins and predicted, but ' +
      'not split or trained on. Put those of each class in a folder of their own, or give a table of labels (on the ' +
      'command line: --labels FILE.csv).',
    'warnUnlabelled',
    {},
  ],
  [
    '1 picture has annotations in the pixels, as the DICOM header says (such as "a/1.dcm"). Look whether they name the patient or give the class away.',
    'warnBurnedIn',
    { count: 1, first: 'a/1.dcm' },
  ],
  [
    '2 pictures may have annotations in the pixels: the DICOM header does not say (such as "b/3.dcm"). Look whether they name the patient or give the class away.',
    'warnPerhapsBurnedIn',
    { count: 2, first: 'b/3.dcm' },
  ],
  [
    '3 pictures lie in a file or folder that is called by the patient’s name or PatientID. Falx keeps and shows names of files as they are: rename them, and import again, before you show or share them.',
    'warnNamed',
    { count: 3 },
  ],
  [
    '2 rows of "labels.csv" name files in "/old/place", which was taken for this folder.',
    'warnRowsElsewhere',
    { count: 2, table: 'labels.csv', folder: '/old/place' },
  ],
  [
    '2 rows of "labels.csv" name files that are not there (such as "gone.png" in line 6).',
    'warnRowsGone',
    { count: 2, table: 'labels.csv', first: 'gone.png', line: 6 },
  ],
  [
    '1 row of "labels.csv" fits several files, so none was taken (such as "part.png" in line 9): give the path from the folder.',
    'warnRowsSeveral',
    { count: 1, table: 'labels.csv', first: 'part.png', line: 9 },
  ],
  ['1 row of "labels.csv" names no file.', 'warnRowsNameless', { count: 1, table: 'labels.csv' }],
  ['2 rows of "labels.csv" repeat an earlier one.', 'warnRowsTwice', { count: 2, table: 'labels.csv' }],
  [
    '"labels.csv" has no row for 3 files, which were left out (such as "extra/e.png").',
    'warnNoRow',
    { table: 'labels.csv', count: 3, first: 'extra/e.png' },
  ],
  ['1 file has no label in "labels.csv" and was left out.', 'warnNoLabel', { count: 1, table: 'labels.csv' }],
  [
    'Files with other labels were left out: "x" (2), "y" (1).',
    'warnOtherLabels',
    {
      labels: [
        { name: 'x', count: 2 },
        { name: 'y', count: 1 },
      ],
    },
  ],
  [
    'Other class folders were left out: "pituitary" (1 file), "meningioma" (12 files).',
    'warnOtherClasses',
    {
      classes: [
        { name: 'pituitary', count: 1 },
        { name: 'meningioma', count: 12 },
      ],
    },
  ],
  [
    '"labels.csv" gives no patient for 1 of 2 files (such as "no/b.png"): each counts as a patient of its own, unless the file itself says whose it is.',
    'warnNoPatient',
    { table: 'labels.csv', count: 1, total: 2, first: 'no/b.png' },
  ],
  [
    'Patients in "labels.csv" differ in case, spaces or signs only (such as in lines 2 and 3), and count as different ones. Write one patient in one way.',
    'warnPatientsAlike',
    { table: 'labels.csv', first: 2, second: 3 },
  ],
];
const strange = 'The moon is in the wrong house.';

function migrated(warnings: readonly string[]): StoredMessage[] {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 9));
  db.prepare(
    `INSERT INTO datasets (id, name, folder, created, classes, positive, hash, warnings)
     VALUES ('ds-1', 'scans', '/scans', '2026-01-02T03:04:05.678Z', '["a","b"]', 'b', ?, ?)`,
  ).run('a'.repeat(64), JSON.stringify(warnings));
  migrate(db, migrations.slice(0, 10));
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  return JSON.parse(db.prepare('SELECT warnings FROM datasets').pluck().get() as string) as StoredMessage[];
}

test.each(kept)('%s', (sentence, code, parameters) => {
  const [now] = migrated([sentence]);
  expect(now).toEqual({ code, parameters });
  expect(isMessageCode(code)).toBe(true);
  expect(inEnglish(now!)).not.toMatch(/undefined|NaN|\{/);
});

test('all in their order; what is not known stays as it was', () => {
  const [one, other] = [kept[0]!, kept[5]!];
  expect(migrated([one[0], strange, other[0]])).toEqual([
    { code: one[1], parameters: one[2] },
    { code: 'legacy', parameters: { text: strange } },
    { code: other[1], parameters: other[2] },
  ]);
});
