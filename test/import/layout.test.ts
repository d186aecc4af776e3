import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLayout } from '../../src-main/import/folder-layout.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-layout-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const only = (...names: string[]) => names.map((name) => ({ name, of: [name] }));

/** Creates empty files; a name ending in / creates a folder. */
function has(...names: string[]): void {
  for (const name of names) {
    const target = path.join(folder, name);
    mkdirSync(name.endsWith('/') ? target : path.dirname(target), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(target, '');
  }
}

describe('finds', () => {
  test('two class folders, their files sorted by path, to any depth', async () => {
    has('yes/b.png', 'yes/patient 1/series/a.png', 'no/z.png', 'yes/B.png');
    expect(await readLayout(folder)).toEqual({
      classes: ['no', 'yes'],
      files: [
        { file: 'no/z.png', className: 'no', givenPart: null },
        { file: 'yes/B.png', className: 'yes', givenPart: null },
        { file: 'yes/b.png', className: 'yes', givenPart: null },
        { file: 'yes/patient 1/series/a.png', className: 'yes', givenPart: null },
      ],
      ignored: 0,
      warnings: [],
    });
  });

  test('part folders above the class folders, whatever they are called', async () => {
    has(
      'Training/yes/a.png',
      'Training/no/b.png',
      'VAL/Yes/c.png',
      'VAL/no/d.png',
      'test/yes/e.png',
      'test/no/f.png',
    );
    const { classes, files } = await readLayout(folder);
    expect(classes.map((name) => name.toLowerCase())).toEqual(['no', 'yes']);
    expect(files.map(({ file, className, givenPart }) => [file, className.toLowerCase(), givenPart])).toEqual(
      [
        ['Training/no/b.png', 'no', 'train'],
        ['Training/yes/a.png', 'yes', 'train'],
        ['VAL/Yes/c.png', 'yes', 'validation'],
        ['VAL/no/d.png', 'no', 'validation'],
        ['test/no/f.png', 'no', 'test'],
        ['test/yes/e.png', 'yes', 'test'],
      ],
    );
  });

  test('what is inside a folder that holds nothing but it', async () => {
    has(
      'archive/brain_tumor_dataset/yes/a.png',
      'archive/brain_tumor_dataset/no/b.png',
      '__MACOSX/archive/c',
    );
    const { classes, files } = await readLayout(folder);
    expect(classes).toEqual(['no', 'yes']);
    expect(files.map((one) => one.file)).toEqual([
      'archive/brain_tumor_dataset/no/b.png',
      'archive/brain_tumor_dataset/yes/a.png',
    ]);
  });

  test('images behind links, once each, however the links run', async () => {
    has('scans/yes/a.png', 'other/b.png', 'other/deep/c.png');
    const [scans, other] = [path.join(folder, 'scans'), path.join(folder, 'other')];
    symlinkSync(other, path.join(scans, 'no'));
    symlinkSync('.', path.join(other, 'ring'));
    symlinkSync('..', path.join(other, 'above the dataset'));
    symlinkSync('../deep', path.join(other, 'deep', 'ring'));
    symlinkSync('../../scans', path.join(other, 'deep', 'the dataset'));
    const { files, ignored } = await readLayout(scans);
    expect(files.map((one) => one.file)).toEqual(['no/b.png', 'no/deep/c.png', 'yes/a.png']);
    expect(ignored).toBe(4);
  });

  test('no class in hidden and system files, which are counted', async () => {
    has('yes/a.png', 'yes/Thumbs.db', 'yes/._a.png', 'no/b.png', 'no/.DS_Store', '.git/x', 'desktop.ini');
    const { files, ignored } = await readLayout(folder);
    expect(files).toHaveLength(2);
    expect(ignored).toBe(5);
  });

  test.each([
    [['yes/a.png', 'no/b.png', 'readme.txt'], 1],
    [['train/yes/a.png', 'train/no/b.png', 'test/c.png', 'd.png'], 2],
  ])('files beside the class folders, and leaves them out with a warning: %j', async (names, count) => {
    has(...names);
    expect(await readLayout(folder)).toMatchObject({
      ignored: names.length - 2,
      warnings: [{ code: 'warnLoose', parameters: { count } }],
    });
  });

  test('what is inside the only folder that lies beside texts', async () => {
    has('archive/README.md', 'archive/LICENSE', 'archive/brain mri/yes/a.png', 'archive/brain mri/no/b.png');
    expect(await readLayout(folder)).toMatchObject({ classes: ['no', 'yes'], ignored: 2 });
  });

  test.each([
    [
      'part folders with more to their names',
      ['train_images/yes/a.png', 'TestSet/yes/b.png', 'val-data/no/c.png'],
      ['test', 'train', 'validation'],
    ],
    [
      'part folders in the class folders',
      ['yes/train/a.png', 'yes/test/b.png', 'no/train/x/c.png', 'no/validation/d.png'],
      ['train', 'validation', 'test', 'train'],
    ],
    ['one part alone, which is none', ['yes/train/a.png', 'no/train/b.png'], [null, null]],
    [
      'files beside such folders, then none is one',
      ['yes/train/a.png', 'no/test/b.png', 'no/c.png'],
      [null, null, null],
    ],
    ['patients', ['yes/P1/a.png', 'no/test/b.png'], [null, null]],
  ])('%s', async (_, names, parts) => {
    has(...names);
    const { classes, files } = await readLayout(folder);
    expect(classes).toEqual(['no', 'yes']);
    expect(files.map(({ givenPart }) => givenPart)).toEqual(parts);
  });

  test('one class where its name is written as macOS does and as others do', async () => {
    has(...['train/종양/a.png', 'train/정상/b.png']);
    has(...['test/종양/c.png', 'test/정상/d.png'].map((name) => name.normalize('NFD')));
    const { classes, files } = await readLayout(folder);
    expect(classes).toEqual(['정상', '종양']);
    expect(files.map((one) => one.className)).toEqual(['정상', '종양', '정상', '종양']);
  });

  test('the two classes that a person names, of more', async () => {
    has('train/glioma/a.png', 'train/meningioma/b.png', 'test/NoTumor/c.png', 'test/pituitary/d.png');
    expect(await readLayout(folder, only('notumor', 'Glioma'))).toMatchObject({
      classes: ['NoTumor', 'glioma'],
      files: [{ file: 'test/NoTumor/c.png' }, { file: 'train/glioma/a.png' }],
      ignored: 2,
      warnings: [
        {
          code: 'warnOtherClasses',
          parameters: {
            classes: [
              { name: 'pituitary', count: 1 },
              { name: 'meningioma', count: 1 },
            ],
          },
        },
      ],
    });
    await expect(readLayout(folder, only('notumor', 'none'))).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(/no class folder "none"\. It has .*"glioma".*: name two/),
    });
  });

  test('an empty third folder, and leaves it out with a warning', async () => {
    has('yes/a.png', 'no/b.png', 'later/');
    expect(await readLayout(folder)).toMatchObject({
      classes: ['no', 'yes'],
      warnings: [{ code: 'warnNoFiles', parameters: { names: ['later'] } }],
    });
  });

  test('an empty class folder of two', async () => {
    has('yes/a.png', 'no/');
    expect((await readLayout(folder)).classes).toEqual(['no', 'yes']);
  });
});

test('takes files without class folders for scans without labels, but for texts beside them', async () => {
  has('b.dcm', 'a.nii.gz', 'no-ending', 'MANIFEST.csv', 'README', 'license.txt', '.hidden');
  expect(await readLayout(folder)).toEqual({
    classes: ['unlabelled'],
    files: ['a.nii.gz', 'b.dcm', 'no-ending'].map((file) => ({
      file,
      className: 'unlabelled',
      givenPart: null,
    })),
    ignored: 4,
    warnings: [{ code: 'warnUnlabelled', parameters: {} }],
  });
});

describe('refuses, naming what was found and what to do', () => {
  test.each([
    [
      'texts without folders',
      ['a.csv', 'README'],
      /holds 2 files and no class folders\. Put the images of each of the two classes/,
    ],
    ['nothing', [], /holds no files/],
    ['one class', ['yes/a.png', 'readme.txt'], /only one class folder, "yes"/],
    ['one class alone', ['yes/a.png'], /only one class folder, "yes"/],
    [
      'three classes',
      ['a/1.png', 'b/1.png', 'c/1.png'],
      /3 class folders: "a", "b", "c"; Falx tells two classes apart.* say which two to use/,
    ],
    [
      'two empty classes',
      ['yes/', 'no/.DS_Store'],
      /The class folders "no" and "yes" in ".*" are empty\. Put/,
    ],
    [
      'parts and classes mixed',
      ['train/yes/a.png', 'train/no/b.png', 'yes/c.png'],
      /both train, validation or test folders and others/,
    ],
    ['parts without classes', ['train/a.png', 'test/b.png'], /no class folders|no files/],
  ])('%s', async (_, names, message) => {
    has(...names);
    await expect(readLayout(folder)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
  });

  test('a folder with a name too long for the system, and a link to itself', async () => {
    has('yes/a.png', 'no/b.png');
    const start = process.cwd();
    process.chdir(path.join(folder, 'yes'));
    for (let deep = 0; deep < 20; deep += 1) {
      mkdirSync('x'.repeat(250));
      process.chdir('x'.repeat(250));
    }
    process.chdir(start);
    await expect(readLayout(folder)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(
        /^The folder .* can't be read \(its name is too long, ENAMETOOLONG\)\. Fix this, or move/,
      ),
    });
    symlinkSync('ring', path.join(folder, 'ring'));
    await expect(readLayout(path.join(folder, 'ring'))).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/leads back to itself/),
    });
  });

  test('a folder that is not there, and a file', async () => {
    has('file.png');
    await expect(readLayout(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(readLayout(path.join(folder, 'file.png'))).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(/is a file\. Give the folder/),
    });
  });
});
