import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importFolder, type ImportOptions } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeFolds, makeSplit } from '../../src-main/split/split-handlers.ts';
import { layOut, picture } from './folders.ts';
import { inEnglish } from '../../src-main/contract/messages/say.ts';

let root: string;
let registry: Registry;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-import-'));
  registry = Registry.open(path.join(root, 'home'));
});
afterEach(() => {
  registry.close();
  rmSync(root, { recursive: true });
});
const scans = (files: Record<string, Buffer | string | null>, name = 'scans') =>
  layOut(path.join(root, name), files);
const add = (folder: string, options: Partial<ImportOptions> = {}) =>
  importFolder({ registry, folder, ...options });
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describe('an import', () => {
  test('records every image, with its digest, size and format, and the dataset', async () => {
    const twin = await picture();
    const folder = await scans({
      'yes/a.jpg': twin,
      'yes/b.png': null,
      'no/c.png': twin,
      'no/sub/d.png': twin,
    });
    const imported = await add(folder);
    expect(imported).toMatchObject({
      images: 4,
      classes: { no: 2, yes: 2 },
      positive: 'yes',
      positiveGuessed: true,
      duplicates: 2,
      quarantined: [],
      ignored: 0,
    });
    expect(imported.dataset).toEqual(registry.datasets.get('scans'));
    expect(imported.dataset).toMatchObject({
      name: 'scans',
      folder,
      classes: ['no', 'yes'],
      positive: 'yes',
    });
    expect(
      registry.images.list(imported.dataset.id).map(({ file, sha256, format }) => [file, sha256, format]),
    ).toEqual([
      ['no/c.png', sha256(twin), 'png'],
      ['no/sub/d.png', sha256(twin), 'png'],
      ['yes/a.jpg', sha256(twin), 'png'], // the content decides, not the name
      ['yes/b.png', sha256(readFileSync(path.join(folder, 'yes/b.png'))), 'png'],
    ]);
    expect(registry.images.list(imported.dataset.id)[0]).toMatchObject({
      width: 8,
      height: 6,
      bytes: twin.length,
    });
  });

  test('has the hash of the sorted paths, classes and digests', async () => {
    const [a, b] = [await picture(), await picture()];
    const { dataset } = await add(await scans({ 'yes/a.png': a, 'no/b.png': b }));
    const lines = [`["no/b.png","no","${sha256(b)}"]`, `["yes/a.png","yes","${sha256(a)}"]`];
    expect(dataset.hash).toBe(sha256(lines.join('\n')));
    const moved = await add(await scans({ 'no/b.png': b, 'yes/a.png': a }, 'elsewhere'));
    expect(moved.dataset.hash).toBe(dataset.hash);
  });

  test('puts what cannot be read in quarantine, with the reason, and continues', async () => {
    const whole = await picture();
    const folder = await scans({
      'yes/a.png': whole,
      'yes/cut.png': whole.subarray(0, whole.length - 20),
      'yes/empty.png': '',
      'no/notes.png': 'not a picture, whatever its name says',
      'no/d.png': null,
    });
    symlinkSync('/nowhere/at/all', path.join(folder, 'no/link.png'));
    execFileSync('mkfifo', [path.join(folder, 'no/pipe.png')]);
    const { quarantined, images, dataset } = await add(folder);
    expect(images).toBe(2);
    expect(quarantined).toMatchObject([
      { file: 'no/link.png', reason: 'It is not there, or is a link to something that is not there.' },
      { file: 'no/notes.png', reason: 'Not an image that Falx can read: it holds text.' },
      { file: 'no/pipe.png', reason: 'It is not an ordinary file.' },
      { file: 'yes/cut.png', reason: expect.stringMatching(/^The PNG file is damaged/) },
      { file: 'yes/empty.png', reason: 'It is empty (0 bytes).' },
    ]);
    expect(registry.quarantine.list(dataset.id)).toMatchObject(quarantined);
    expect(registry.quarantine.list(dataset.id).map(({ facts }) => facts?.['why'])).toEqual([
      'fileSystem',
      'fileNoImage',
      'fileNotOrdinary',
      'fileDamaged',
      'fileEmpty',
    ]);
  });

  test('records the part that a folder came with', async () => {
    const folder = await scans({
      'train/yes/a.png': null,
      'train/no/b.png': null,
      'test/yes/c.png': null,
      'test/no/d.png': null,
    });
    const { dataset, images, classes } = await add(folder);
    expect([images, classes]).toEqual([4, { no: 2, yes: 2 }]);
    expect(registry.images.list(dataset.id).map((image) => image.givenPart)).toEqual([
      'test',
      'test',
      'train',
      'train',
    ]);
  });

  test('of the same folder again is the same dataset, unless it is to have another name', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    const [first, second, named] = [
      await add(folder),
      await add(folder),
      await add(folder, { name: 'mine' }),
    ];
    expect([first, second, named].map((one) => one.dataset.name)).toEqual(['scans', 'scans', 'mine']);
    expect([first, second, named].map((one) => one.existing)).toEqual([false, true, false]);
    expect(named.dataset.hash).toBe(first.dataset.hash);
    expect(registry.datasets.list()).toHaveLength(2);
  });

  test('uses the given positive class', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    expect(await add(folder, { positive: 'no' })).toMatchObject({ positive: 'no', positiveGuessed: false });
    await expect(add(folder, { positive: 'maybe' })).rejects.toMatchObject({ code: 'bad-usage' });
  });

  test('tells of progress file by file', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null, 'no/c.png': 'text' });
    const seen: [number, number][] = [];
    await add(folder, { onProgress: (done, total, rate) => seen.push([done, rate > 0 ? total : -1]) });
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });
});

describe('warns', () => {
  test('when the names do not tell the finding', async () => {
    const { positive, warnings } = await add(await scans({ 'Class A/a.png': null, 'Class B/b.png': null }));
    expect(positive).toBe('Class B');
    expect(warnings.map(inEnglish)).toEqual([
      expect.stringMatching(/do not show.*"Class B" was assumed.*--positive/),
    ]);
  });

  test('of the same picture in both classes', async () => {
    const twin = await picture();
    const { warnings } = await add(await scans({ 'yes/a.png': twin, 'no/b.png': twin, 'no/c.png': null }));
    expect(warnings.map(inEnglish)).toEqual([
      expect.stringMatching(/^1 file is in both classes.*"no\/b\.png" and "yes\/a\.png"/),
    ]);
  });

  test('of a class without any readable image', async () => {
    const { images, classes, warnings } = await add(
      await scans({ 'yes/a.png': 'no picture', 'no/b.png': null }),
    );
    expect([images, classes]).toEqual([1, { no: 1, yes: 0 }]);
    expect(warnings.map(inEnglish)).toEqual([
      expect.stringMatching(/^"yes" has no image that can be read \(1 file /),
    ]);
  });
});

describe('scans without labels', () => {
  test('become a dataset that can be looked at, and neither split nor told which class is the finding', async () => {
    const folder = await scans({ 'a.png': null, 'b.png': null, 'notes.txt': 'text' }, 'flat');
    const imported = await add(folder);
    expect(imported).toMatchObject({
      images: 2,
      classes: { unlabelled: 2 },
      formats: { png: 2 },
      severalImages: 0,
      positiveGuessed: false,
      ignored: 1,
      warnings: [{ code: 'warnUnlabelled', parameters: {} }],
    });
    const { id } = imported.dataset;
    const refusal = { code: 'bad-dataset', facts: { why: 'noLabels', dataset: id, name: 'flat', folder } };
    for (const work of [
      () => makeSplit({ registry, datasetId: id }),
      () => makeFolds({ registry, datasetId: id, folds: 5 }),
      () => registry.datasets.update(id, { positive: 'tumour' }),
    ])
      expect(work).toThrow(expect.objectContaining(refusal));
  });

  test('have labels once the folder is imported with a table of them, without being read again', async () => {
    const folder = await scans({ 'a.png': null, 'b.png': null }, 'labelled later');
    const first = await add(folder);
    const table = path.join(root, 'table.csv');
    writeFileSync(table, 'file,label\na.png,yes\nb.png,no\n');
    const second = await add(folder, { labels: { file: table } });
    expect(second).toMatchObject({ existing: false, classes: { no: 1, yes: 1 }, changes: { changed: 2 } });
    expect(second.dataset.id).not.toBe(first.dataset.id);
    expect(second.positive).toBe('yes');
  });
});

describe('leaves nothing', () => {
  test('when no file is readable, and says so', async () => {
    const folder = await scans({ 'yes/a.png': 'no picture', 'no/b.png': '' });
    await expect(add(folder)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(/^None of the 2 files.*"no\/b\.png": It is empty/),
    });
    expect(registry.datasets.list()).toEqual([]);
  });

  test('when it is cancelled', async () => {
    const folder = await scans(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 2 ? 'yes' : 'no'}/${i}.png`, null])),
    );
    const stop = new AbortController();
    const run = add(folder, { signal: stop.signal, onProgress: (done) => done === 5 && stop.abort() });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(registry.datasets.list()).toEqual([]);
  });
});
