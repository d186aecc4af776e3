import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importPath } from '../../src-main/import/import-path.ts';
import type { ImportOptions } from '../../src-main/import/import-handlers.ts';
import { findTable } from '../../src-main/import/labels/find-label-table.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { layOut, picture } from './folders.ts';
import { zipOf } from './zips.ts';
import { inEnglish } from '../../src-main/contract/messages/say.ts';

let root: string;
let registry: Registry;
let number = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-labels-'));
  registry = Registry.open(path.join(root, 'home'));
});
afterAll(() => {
  registry.close();
  rmSync(root, { recursive: true });
});

/** Four pictures outside class folders, and a table beside them. */
async function scans(
  table: string | Buffer,
  names = ['a.png', 'b.png', 'sub/c.png', 'sub/d.png'],
): Promise<string> {
  number += 1;
  const files = Object.fromEntries(names.map((name) => [name, null]));
  return layOut(path.join(root, `scans ${number}`), { ...files, 'labels.csv': table });
}
const add = (
  folder: string,
  labels: Partial<NonNullable<ImportOptions['labels']>> = {},
  classes?: ImportOptions['classes'],
) => importPath({ registry, folder, classes, labels: { file: path.join(folder, 'labels.csv'), ...labels } });
const only = (...names: string[]) => names.map((name) => ({ name, of: [name] }));
const hashed = (value: string) =>
  createHmac('sha256', registry.secrets.get('patients')).update(value).digest('hex').slice(0, 16);
const imagesOf = (id: string) =>
  registry.images.list(id).map(({ file, className, patient }) => [file, className, patient]);

describe('a table of files, labels and patients', () => {
  test('gives both, and the patient is nowhere to be read', async () => {
    const folder = await scans(
      'file,label,patient\na.png,Tumour,Kim Min-su\nb.png,Healthy,Lee\nsub/c.png,Tumour,Kim Min-su\nsub/d.png,Healthy,Park\n',
    );
    const imported = await add(folder);
    expect(imported).toMatchObject({
      classes: { Healthy: 2, Tumour: 2 },
      positive: 'Tumour',
      ignored: 0,
      warnings: [],
    });
    expect(imagesOf(imported.dataset.id)).toEqual([
      ['a.png', 'Tumour', hashed('Kim Min-su')],
      ['b.png', 'Healthy', hashed('Lee')],
      ['sub/c.png', 'Tumour', hashed('Kim Min-su')],
      ['sub/d.png', 'Healthy', hashed('Park')],
    ]);
    expect(JSON.stringify([imported, registry.images.list(imported.dataset.id)])).not.toMatch(/Kim|Park/);
  });

  const same = 'b.png sub/c.png sub/d.png';
  test.each([
    ['semicolons', 'Image;Diagnosis;Subject ID\n', ';'],
    ['tabs', 'filename\tclass\tpatient_id\n', '\t'],
    ['a byte order mark, and Windows line ends', '\uFEFFpath,label\r\n', ','],
    ['quotes, and columns that are not asked for', '"file","age, years","label"\n', ','],
    ['Korean names', '파일,진단,환자\n', ','],
  ])('may have %s', async (_, header, separator) => {
    const wide = header.includes('years');
    const rows = ['a.png', ...same.split(' ')].map((file, index) => {
      const label = index % 2 ? 'yes' : 'no';
      return [`"${file}"`, ...(wide ? ['"1, 2"'] : []), label].join(separator);
    });
    const { classes, dataset } = await add(
      await scans(header + rows.join(header.includes('\r') ? '\r\n' : '\n')),
    );
    expect(classes).toEqual({ no: 2, yes: 2 });
    expect(imagesOf(dataset.id).map(([, className]) => className)).toEqual(['no', 'yes', 'no', 'yes']);
  });

  test('takes columns by the names it is given', async () => {
    const folder = await scans('label,truth,who\na.png,1,x\nb.png,0,y\nsub/c.png,1,x\nsub/d.png,0,z\n');
    const columns = { file: 'LABEL', label: 'truth', patient: 'who' };
    const { classes, positive, dataset } = await add(folder, { columns });
    expect([classes, positive]).toEqual([{ 0: 2, 1: 2 }, '1']);
    expect(imagesOf(dataset.id)[0]).toEqual(['a.png', '1', hashed('x')]);
  });

  test('may write paths as Windows does, from its own place, by their end, or of a whole folder', async () => {
    const folder = await layOut(path.join(root, 'paths'), {
      'pictures/x/a.png': null,
      'pictures/x/b.png': null,
      'pictures/y/c.png': null,
      'tables/d.png': null,
      'pictures/y/가.png': null,
      'tables/labels.csv': `file,label\npictures\\x,no\n./pictures/x/b.png,yes\nc.png,yes\nd.png,no\n${'가'.normalize('NFD')}.png,yes\n`,
    });
    const { dataset, warnings } = await add(folder, { file: 'tables/labels.csv' });
    expect(warnings).toEqual([]);
    expect(imagesOf(dataset.id).map(([file, className]) => [file, className])).toEqual([
      ['pictures/x/a.png', 'no'],
      ['pictures/x/b.png', 'yes'],
      ['pictures/y/c.png', 'yes'],
      ['pictures/y/가.png', 'yes'],
      ['tables/d.png', 'no'],
    ]);
  });

  const four = ['1/a.png', '1/b.png', '2/a.png', '2/c.nii.gz'];
  test.each<[string, string[], [string, string][], RegExp | null]>([
    [
      'from the top of the disk',
      four,
      [
        ['@/1/a.png', '1/a.png'],
        ['@\\2\\a.png', '2/a.png'],
      ],
      null,
    ],
    [
      'from where the scans lay before, on another system too',
      four,
      [
        ['D:\\mri\\1\\a.png', '1/a.png'],
        ['D:\\mri\\2\\a.png', '2/a.png'],
        ['D:\\other\\1\\b.png', ''],
      ],
      /^2 rows of "labels.csv" name files in "D:\/mri", which was taken to mean this folder\.$/,
    ],
    [
      'in another case',
      four,
      [
        ['1/A.PNG', '1/a.png'],
        ['B.png', '1/b.png'],
      ],
      null,
    ],
    [
      'without their endings',
      four,
      [
        ['1/a', '1/a.png'],
        ['c', '2/c.nii.gz'],
        ['1/b.jpg', ''],
      ],
      /not there.*"1\/b\.jpg"/,
    ],
    [
      'that fit several, and then none is taken',
      [...four, '1/A.png'],
      [
        ['b', '1/b.png'],
        ['A', ''],
        ['1/a.png', '1/a.png'],
      ],
      /fits several/,
    ],
    [
      'as they are, though others differ in case',
      ['a.png', 'A.png'],
      [
        ['A.png', 'A.png'],
        ['a.png', 'a.png'],
      ],
      null,
    ],
  ])('may name files %s', async (what, names, rows, warning) => {
    const place = path.join(root, `names ${what}`);
    const folder = await layOut(place, Object.fromEntries(names.map((name) => [name, null])));
    const lines = rows.map(
      ([written], index) => `${written.replace('@', folder)},${index === 0 ? 'yes' : 'no'}`,
    );
    await layOut(folder, { 'labels.csv': `file,label\n${lines.join('\n')}\n` });
    const { dataset, warnings } = await add(folder);
    const found = rows.map(([, file]) => file).filter((file) => file !== '');
    expect(
      imagesOf(dataset.id)
        .map(([file]) => String(file).replace(/#.*/, ''))
        .sort(),
    ).toEqual(found.sort());
    if (warning) expect(warnings.map(inEnglish)).toContainEqual(expect.stringMatching(warning));
  });

  test('with signs that nobody sees in its labels gives two of them', async () => {
    const folder = await scans(
      'file,label\na.png,yes\u200B\nb.png,no\nsub/c.png,\uFEFFyes\nsub/d.png,\u00A0no\n',
    );
    expect((await add(folder)).classes).toEqual({ no: 2, yes: 2 });
  });

  test('of patients that are written in two ways is warned of, without naming them', async () => {
    const folder = await scans(
      'file,label,patient\na.png,yes,Kim 1\nb.png,no,Lee\nsub/c.png,yes,KIM-1\nsub/d.png,no,Lee\n',
    );
    const { warnings } = await add(folder);
    expect(warnings.map(inEnglish)).toEqual([
      'Patients in "labels.csv" differ only in case, spaces or punctuation (such as in lines 2 and 4), and count as different patients. ' +
        'Write each patient in one way.',
    ]);
  });

  test('of patients alone goes with class folders', async () => {
    const folder = await layOut(path.join(root, 'classed'), {
      'yes/a.png': null,
      'no/b.png': null,
      'labels.csv': 'file,patient\na.png,7\nb.png,\n',
    });
    const { dataset, warnings } = await add(folder);
    expect(imagesOf(dataset.id)).toEqual([
      ['no/b.png', 'no', null],
      ['yes/a.png', 'yes', hashed('7')],
    ]);
    expect(warnings.map(inEnglish)).toEqual([
      '1 file outside the class folders was left out.',
      '"labels.csv" gives no patient for 1 of 2 files (such as "no/b.png"): each counts as a patient of its own, unless the file itself says whose it is.',
    ]);
  });

  test('keeps the sets of divided folders, and of more labels the two requested', async () => {
    const names = ['train/a.png', 'train/b.png', 'test/c.png', 'test/d.png'];
    const table = 'file,label\na.png,glioma\nb.png,None\nc.png,pituitary\nd.png,NONE\n';
    const folder = await scans(table, names);
    const { dataset, classes, warnings, ignored } = await add(folder, {}, only('none', 'glioma'));
    expect([classes, ignored]).toEqual([{ NONE: 2, glioma: 1 }, 1]);
    expect(registry.images.list(dataset.id).map(({ givenPart }) => givenPart)).toEqual([
      'test',
      'train',
      'train',
    ]);
    expect(warnings.map(inEnglish)).toEqual(['Files with other labels were left out: "pituitary" (1).']);
  });

  test('in a zip archive is found in there', async () => {
    const file = path.join(root, 'with table.zip');
    const entries = [
      { name: 'a.png', data: await picture() },
      { name: 'b.png', data: await picture() },
      { name: 'labels.csv', data: 'file,label\na.png,yes\nb.png,no\n' },
    ];
    writeFileSync(file, zipOf(entries));
    const { classes } = await importPath({ registry, folder: file, labels: { file: 'labels.csv' } });
    expect(classes).toEqual({ no: 1, yes: 1 });
    // Also by its name only, where it is in a subfolder.
    writeFileSync(file, zipOf(entries.map(({ name, data }) => ({ name: `scans/${name}`, data }))));
    const deeper = await importPath({ registry, folder: file, labels: { file: 'labels.csv' } });
    expect(deeper.classes).toEqual({ no: 1, yes: 1 });
  });

  test('that changes a label makes another dataset, without reading a file again', async () => {
    const folder = await scans('file,label\na.png,yes\nb.png,no\nsub/c.png,no\nsub/d.png,no\n');
    const first = await add(folder);
    writeFileSync(
      path.join(folder, 'labels.csv'),
      'file,label\na.png,yes\nb.png,yes\nsub/c.png,no\nsub/d.png,no\n',
    );
    const second = await add(folder);
    expect(second).toMatchObject({ existing: false, changes: { changed: 1, unchanged: 3 } });
    expect(second.dataset.hash).not.toBe(first.dataset.hash);
  });
});

test('warns of rows without a file and files without a row, with counts and an example', async () => {
  const folder = await scans(
    'file,label\na.png,yes\na.png,YES\nb.png,no\nsub/c.png,\ngone.png,no\ngone/too.png,no\n,no\npart.png,yes\n',
    ['a.png', 'b.png', 'sub/c.png', 'extra/e.png', 'x/part.png', 'y/part.png'],
  );
  const { warnings, classes, ignored } = await add(folder);
  expect(classes).toEqual({ no: 1, yes: 1 });
  expect(ignored).toBe(4);
  expect(warnings.map(inEnglish)).toEqual([
    '2 rows of "labels.csv" name files that are not there (such as "gone.png" in line 6).',
    '1 row of "labels.csv" fits several files, so none was used (such as "part.png" in line 9): give the path within the folder.',
    '1 row of "labels.csv" names no file.',
    '1 row of "labels.csv" repeats an earlier one.',
    '"labels.csv" has no row for 3 files, which were left out (such as "extra/e.png").',
    '1 file has no label in "labels.csv" and was left out.',
  ]);
});

describe('refuses a table', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['that is empty', '', /"labels\.csv" can't be used\. It is empty\./],
    ['of a header alone', 'file,label\n', /no row that names a file/],
    [
      'without a column of files',
      'name,label\na.png,yes\n',
      /recognised as the one that names the files.*"name", "label".*--file-column/,
    ],
    ['of files alone', 'file,age\na.png,7\n', /gives labels or patients/],
    ['with one label', 'file,label\na.png,yes\nb.png,yes\n', /gives one label: "yes" \(2\)/],
    [
      'with three labels',
      'file,label\na.png,x\nb.png,y\nsub/c.png,z\n',
      /gives 3 labels: "x" \(1\), "y" \(1\), "z" \(1\).*--classes/,
    ],
    [
      'of other files',
      'file,label\nz.png,yes\n',
      /has no label for any file in the folder \(4 files have no row\)\. 1 row .* not there \(such as "z\.png" in line 2\)/,
    ],
    [
      'that contradicts itself',
      'file,label\na.png,yes\nb.png,no\n./a.png,no\n',
      /gives "\.\/a\.png" two labels, "yes" and "no", in lines 2 and 4/,
    ],
    [
      'with two patients of one file',
      'file,label,patient\na.png,yes,Kim\na.png,yes,Lee\n',
      /^(?!.*(Kim|Lee)).*two patients/,
    ],
    [
      'in another encoding',
      Buffer.from([...Buffer.from('file,label\na.png,'), 0xc1, 0xbe, 0xbe, 0xe7]),
      /not written in UTF-8/,
    ],
    ['in UTF-16', Buffer.from('\uFEFFfile,label\na.png,yes\n', 'utf16le'), /not text in UTF-8/],
    [
      'without a line of titles, whose first row is not repeated',
      'a.png,yes,Kim Min-su\nb.png,no,Lee\n',
      /^(?!.*Kim).*does not name its columns/,
    ],
    [
      'with a quote within a cell, which is not repeated',
      'file,label,patient\na.png,yes,Kim "Min-su\n',
      /^(?!.*Kim).*not a valid table from line 2/,
    ],
    ['whose quotes do not end', 'file,label\n"a.png,yes\n', /not a valid table from line/],
  ])('%s', async (_, table, message) => {
    await expect(add(await scans(table))).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
  });

  test.skipIf(process.platform === 'win32')('that is a pipe or a folder', async () => {
    const folder = await scans('file,label\na.png,yes\nb.png,no\n');
    execFileSync('mkfifo', [path.join(folder, 'pipe.csv')]);
    for (const [file, what] of [
      ['pipe.csv', /It is not an ordinary file/],
      ['sub', /It is a folder/],
    ] as const)
      await expect(add(folder, { file })).rejects.toMatchObject({
        code: 'bad-dataset',
        message: expect.stringMatching(what),
      });
  });

  test.each([
    ['of two columns', 'Kim Min-su,1961-02-03\nLee,1970-01-01\n'],
    ['of one', 'hunter2\nhunter3\n'],
    ['of passwords', 'root:$6$salt$hash:19000:0:99999:7:::\n'],
  ])(
    'that is no such table, %s: its first line is not repeated, whatever columns are named',
    async (_, text) => {
      const refused = (error: unknown) =>
        /Kim|1961|hunter|salt/.test(JSON.stringify([error, (error as Error).message])) ? 'repeated' : 'told';
      for (const columns of [{}, { file: 'scan' }, { file: 'scan', label: 'class', patient: 'id' }])
        expect(await add(await scans(text), { columns }).then(() => 'taken', refused)).toBe('told');
    },
  );

  test('that is not there, or has not the column one names, or the label', async () => {
    const folder = await scans('file,label\na.png,yes\nb.png,no\n');
    await expect(add(folder, { file: 'nowhere.csv' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/no table "nowhere\.csv", neither here nor in the folder or archive/),
    });
    await expect(add(folder, { columns: { label: 'truth' } })).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(/no column "truth".*"file", "label"/),
    });
    await expect(add(folder, {}, only('yes', 'maybe'))).rejects.toThrow(
      /has no label "maybe"; it has "yes" \(1\)/,
    );
  });
});

describe('beside a folder', () => {
  test.each<[string, Record<string, string>, string | null]>([
    [
      'labels.csv is found among others',
      { 'Labels.CSV': 'file,label\na,b\n', 'other.csv': 'file,label\n' },
      'Labels.CSV',
    ],
    ['the only CSV is found', { 'truth.csv': 'file,label,patient\na,b,c\n' }, 'truth.csv'],
    ['none is taken of two', { 'a.csv': 'file,label\na,b\n', 'b.csv': 'file,label\na,b\n' }, null],
    ['none is taken that is about something else', { 'a.csv': 'slice,thickness\n1,2\n' }, null],
  ])('%s', async (_, files, name) => {
    number += 1;
    const folder = await layOut(path.join(root, `beside ${number}`), files);
    const found = await findTable(folder);
    expect(found && [path.basename(found.file), found.rows]).toEqual(name && [name, 1]);
  });
});
