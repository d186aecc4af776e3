import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { readOne } from '../../src-main/import/reading.ts';
import { retryQuarantined } from '../../src-main/import/retry.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { file as dicom, picture as frames, words } from '../images/dicom/dicom-fixtures.ts';
import { ownRegistry } from '../registry/own-registry.ts';
import { layOut, picture } from './folders.ts';
import { zipOf } from './zips.ts';

const { root, registry } = ownRegistry('bad');
let number = 0;
/** A folder with a valid picture in each class. */
function scans(): Promise<string> {
  number += 1;
  return layOut(path.join(root, `scans ${number}`), { 'yes/good.png': null, 'no/good.png': null });
}

describe('goes to quarantine, by name and with the reason', () => {
  const rows: [string, (folder: string) => void, string, RegExp][] = [
    [
      'a link to itself',
      (folder) => symlinkSync('ring', path.join(folder, 'ring')),
      'ring',
      /leads back to itself/,
    ],
    [
      'a link to nothing',
      (folder) => symlinkSync('/nowhere', path.join(folder, 'gone')),
      'gone',
      /is not there/,
    ],
    [
      'a pipe, which is not waited for',
      (folder) => execFileSync('mkfifo', [path.join(folder, 'pipe.png')]),
      'pipe.png',
      /not an ordinary file/,
    ],
    [
      'a link to a device',
      (folder) => symlinkSync('/dev/zero', path.join(folder, 'zero.png')),
      'zero.png',
      /not an ordinary file/,
    ],
    [
      'a tebibyte of nothing',
      (folder) => {
        writeFileSync(path.join(folder, 'huge.png'), '');
        truncateSync(path.join(folder, 'huge.png'), 2 ** 40);
      },
      'huge.png',
      /1\.1 TB; the limit is/,
    ],
    [
      'a name that is not UTF-8',
      (folder) =>
        writeFileSync(
          Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xc1, 0xbe, 0x2e, 0x70, 0x6e, 0x67])]),
          'x',
        ),
      '\uFFFD\uFFFD.png',
      /not written in UTF-8/,
    ],
    [
      'an archive',
      (folder) => writeFileSync(path.join(folder, 'inner.zip'), zipOf([{ name: 'a', data: 'b' }])),
      'inner.zip',
      /holds a ZIP archive/,
    ],
  ];
  const here = rows.filter(([what]) => process.platform === 'linux' || !what.includes('UTF-8')); // others refuse such names
  test.each(here)('%s', async (_, make, name, reason) => {
    const folder = await scans();
    make(path.join(folder, 'yes'));
    const { images, quarantined } = await importFolder({ registry, folder });
    expect(images).toBe(2);
    expect(quarantined).toMatchObject([
      { file: `yes/${name}`, reason: expect.stringMatching(reason) as string },
    ]);
  });

  test('a file that someone is writing to while it is read; once nobody does, it is imported whole', async () => {
    const importWhileWritten = async () => {
      const folder = await scans();
      const file = path.join(folder, 'yes', 'growing.png');
      // Padded at its end, so that reading it takes a while.
      writeFileSync(file, Buffer.concat([await picture(), Buffer.alloc(2 ** 25)]));
      const writer = spawn(process.execPath, [
        '-e',
        `const fs = require('fs'); const file = fs.openSync(process.argv[1], 'a'); console.log('writing');
         for (;;) fs.writeSync(file, 'x');`,
        file,
      ]);
      await once(writer.stdout, 'data');
      const { quarantined } = await importFolder({ registry, folder });
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      return { folder, file, quarantined };
    };
    let found = await importWhileWritten();
    // On a busy machine the writer may not run while the file is read, which is then rightly imported.
    while (found.quarantined.length === 0) found = await importWhileWritten();
    const { folder, file, quarantined } = found;
    expect(quarantined).toMatchObject([
      { file: 'yes/growing.png', reason: expect.stringMatching(/^It changed while it was read\./) as string },
    ]);
    const { dataset, changes } = await importFolder({ registry, folder });
    expect(changes).toMatchObject({ changed: 1, unchanged: 2 });
    const image = registry.images.list(dataset.id).find((one) => one.file === 'yes/growing.png');
    expect(image?.sha256).toBe(sha256Of(readFileSync(file)));
  });
});

test('a file that comes back between being looked up and being read goes to quarantine', async () => {
  const folder = await scans();
  const scan = { salt: registry.secrets.get('patients') };
  expect(await readOne(folder, 'yes/good.png', null, scan)).toMatchObject({
    stamp: null,
    pictures: [],
    reason: expect.stringMatching(/^It changed while it was read\./),
    facts: { why: 'fileChanging' },
  });
});

test('a folder that is moved away while it is imported adds nothing, and is gone on with when it is back', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `yes/${index}.png`);
  const folder = await layOut(path.join(root, 'moving'), {
    ...Object.fromEntries(names.map((name) => [name, null])),
    'no/good.png': null,
  });
  const work = importFolder({
    registry,
    folder,
    onProgress: (done) => done === 10 && renameSync(folder, `${folder} away`),
  });
  await expect(work).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringMatching(/moving" was moved, removed or unmounted while it was being imported/),
  });
  renameSync(`${folder} away`, folder);
  const { images, quarantined } = await importFolder({ registry, folder });
  expect([images, quarantined]).toEqual([301, []]);
});

test('a file that is called like a picture of another goes to quarantine, also when it is tried again', async () => {
  const shape = { rows: 2, columns: 3, stored: 12, frames: 2 };
  const twoFrames = dicom(
    '1.2.840.10008.1.2.1',
    frames(shape, words(Array.from({ length: 12 }, (_, i) => 99 * i))),
  );
  const folder = await layOut(path.join(root, 'clash'), {
    'yes/m.dcm': twoFrames,
    'yes/m.dcm#1': null,
    'yes/m.dcm#3': null,
    'yes/other#1': null,
    'no/good.png': null,
  });
  const { dataset, quarantined } = await importFolder({ registry, folder });
  const left = ['yes/m.dcm#1', 'yes/m.dcm#3'].map((file) => ({
    file,
    reason: 'It has the name of a picture in "yes/m.dcm". Rename it.',
  }));
  expect(quarantined).toMatchObject(left);
  const files = registry.images.list(dataset.id).map(({ file }) => file);
  expect(files.sort()).toEqual(['no/good.png', 'yes/m.dcm#1', 'yes/m.dcm#2', 'yes/other#1']);
  expect(await retryQuarantined({ registry, datasetId: dataset.id })).toMatchObject({ recovered: 0, left });
  expect(await importFolder({ registry, folder })).toMatchObject({ existing: true });
});

test('folders that lead round in rings are walked once', async () => {
  const folder = await scans();
  symlinkSync('..', path.join(folder, 'yes', 'up'));
  symlinkSync(path.join(folder, 'yes'), path.join(folder, 'yes', 'again'));
  const { images, ignored } = await importFolder({ registry, folder });
  expect([images, ignored]).toEqual([2, 2]);
});

test('names with line ends, quotes and 255 bytes are kept as they are', async () => {
  const names = ['a\nb.png', 'a\u2028b.png', '"quoted".png', ' .png', `${'가'.repeat(83)}.png`, 'a#1.png'];
  const folder = await layOut(path.join(root, 'odd'), {
    ...Object.fromEntries(names.map((name) => [`yes/${name}`, null])),
    'no/good.png': null,
  });
  const { dataset, images } = await importFolder({ registry, folder });
  expect(images).toBe(7);
  const files = registry.images.list(dataset.id).map(({ file }) => file);
  expect(files.sort()).toEqual(['no/good.png', ...names.map((name) => `yes/${name}`)].sort());
  expect(await importFolder({ registry, folder })).toMatchObject({ existing: true });
});
