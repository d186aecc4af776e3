import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { importPath } from '../../src-main/import/import-path.ts';
import { limits } from '../../src-main/import/zip/check-zip.ts';
import { unpack } from '../../src-main/import/zip/unpack-zip.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { layOut, picture } from './folders.ts';
import { zipOf, type ZipEntry } from './zips.ts';

let root: string;
let home: string;
let opened: Registry | undefined;
const open = (): Registry => (opened ??= Registry.open(home));
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-zip-'));
  home = path.join(root, 'home');
});
afterEach(() => {
  opened?.close();
  opened = undefined;
  rmSync(root, { recursive: true });
});
const uploads = () => (existsSync(path.join(home, 'uploads')) ? readdirSync(path.join(home, 'uploads')) : []);
/** Everything in the test's own folder except the registry. */
const everything = () =>
  readdirSync(root, { recursive: true })
    .map(String)
    .filter((file) => !/registry\.sqlite|imports/.test(file))
    .sort();
function archive(entries: readonly ZipEntry[] | Buffer, name = 'scans.zip'): string {
  const file = path.join(root, name);
  writeFileSync(file, Buffer.isBuffer(entries) ? entries : zipOf(entries));
  return file;
}
const scans = async (top = ''): Promise<ZipEntry[]> => [
  { name: `${top}yes/a.png`, data: await picture() },
  { name: `${top}yes/b.png`, data: await picture(), method: 0 },
  { name: `${top}no/c.png`, data: await picture() },
];

describe('a zip archive', () => {
  test('is imported as the folder it holds, under its own name', async () => {
    const entries = await scans('top/');
    const seen: string[] = [];
    const imported = await importPath({
      registry: open(),
      folder: archive([{ name: 'top/' }, { name: 'top/yes/' }, ...entries]),
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(imported).toMatchObject({ images: 3, classes: { yes: 2, no: 1 }, dataset: { name: 'scans' } });
    expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
    const { folder } = imported.dataset;
    expect(path.dirname(folder)).toBe(path.join(home, 'uploads'));
    for (const { name, data } of entries)
      expect(readFileSync(path.join(folder, String(name))).equals(data as Buffer)).toBe(true);
  });

  test('that is imported again, also under another name, gives the existing dataset', async () => {
    const entries = await scans();
    const first = await importPath({ registry: open(), folder: archive(entries) });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600_000 });
    const again = await importPath({ registry: open(), folder: archive(entries, 'copy of scans.zip') });
    vi.useRealTimers();
    expect(again).toMatchObject({ existing: true, dataset: first.dataset });
    expect(uploads()).toHaveLength(1);
  });

  test('with a missing or truncated unpacked file is unpacked again', async () => {
    const file = archive(await scans());
    const { dataset } = await importPath({ registry: open(), folder: file });
    const at = path.join(dataset.folder, 'yes');
    rmSync(path.join(at, 'a.png'));
    expect(await importPath({ registry: open(), folder: file })).toMatchObject({ existing: true, dataset });
    writeFileSync(path.join(at, 'b.png'), 'cut');
    expect(await importPath({ registry: open(), folder: file })).toMatchObject({ existing: true, dataset });
    expect(readdirSync(at).sort()).toEqual(['a.png', 'b.png']);
    expect(uploads()).toEqual([path.basename(dataset.folder)]);
  });

  test('in another stays an archive, and goes to quarantine by name', async () => {
    const inner = zipOf(await scans());
    const { quarantined } = await importPath({
      registry: open(),
      folder: archive([...(await scans()), { name: 'no/inner.zip', data: inner }]),
    });
    expect(quarantined).toMatchObject([
      {
        file: 'no/inner.zip',
        reason: 'Not an image that Falx can read: it holds a ZIP archive (unpack it first).',
      },
    ]);
  });

  test('with names in UTF-8 that are not marked so, or in code page 437, is unpacked by those names', async () => {
    const entries: ZipEntry[] = [
      { name: Buffer.from('종양/a.png'), data: await picture(), flags: 0 },
      { name: Buffer.from([0x6e, 0x82, 0x65, 0x2f, 0x61]), data: await picture(), flags: 0 }, // n é e / a
    ];
    const { classes } = await importPath({ registry: open(), folder: archive(entries) });
    expect(classes).toEqual({ 종양: 1, née: 1 });
  });

  test('of two folders that are no dataset is not kept', async () => {
    const file = archive([{ name: 'yes/a.png', data: await picture() }]);
    await expect(importPath({ registry: open(), folder: file })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining(`"${file}" has only one class folder`),
      facts: { folder: file },
    });
    expect(uploads()).toEqual([]);
  });

  test('of nothing readable leaves nothing, and the archive is named, not where it was unpacked', async () => {
    const inner = zipOf(await scans());
    const file = archive([
      { name: 'yes/1.zip', data: inner },
      { name: 'no/2.zip', data: inner },
    ]);
    await expect(importPath({ registry: open(), folder: file })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(
        /^None of the 2 files in ".*scans\.zip".* holds a ZIP archive \(unpack it first\)/,
      ),
    });
    expect(uploads()).toEqual([]);
    expect(open().imports.unfinished()).toEqual([]);
  });

  test('with one flipped bit in any of its entries is refused, naming it, however many are on their way', async () => {
    const names = Array.from({ length: 13 }, (_, i) => `${i % 2 ? 'yes' : 'no'}/${i}.png`);
    const entries = await Promise.all(
      names.map(async (name) => ({ name, data: await picture(), method: 0 })),
    );
    for (const [at, { name, data }] of entries.entries()) {
      const bytes = zipOf(entries);
      const start = bytes.indexOf(name) + name.length; // of its content: the directory comes last
      bytes[start + Math.floor(data.length / 2)]! ^= 1;
      await expect(
        importPath({ registry: open(), folder: archive(bytes) }),
        `entry ${at}`,
      ).rejects.toMatchObject({
        code: 'bad-archive',
        message: expect.stringContaining(name),
      });
      expect(uploads()).toEqual([]);
    }
  });

  test('is given up while it is unpacked, and nothing of it stays', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 50 }, (_, i) => ({ name: `yes/${i}.png`, data: 'x' }));
    const work = importPath({
      registry: open(),
      folder: archive([...(await scans()), ...many]),
      signal: stop.signal,
      onProgress: (done) => done === 10 && stop.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(uploads()).toEqual([]);
  });

  test('with names in Hangul as Korean Windows writes them is unpacked by those names', async () => {
    // In code page 949, for which Node has no encoder.
    const tumour = Buffer.from([0xc1, 0xbe, 0xbe, 0xe7]); // 종양
    const healthy = Buffer.from([0xc1, 0xa4, 0xbb, 0xf3]); // 정상
    const name = (folder: Buffer, file: string) => Buffer.concat([folder, Buffer.from(`/${file}`)]);
    const { classes, positive } = await importPath({
      registry: open(),
      folder: archive([
        { name: name(tumour, '1.png'), data: await picture(), flags: 0 },
        { name: name(healthy, '2.png'), data: await picture(), flags: 0 },
      ]),
    });
    expect([classes, positive]).toEqual([{ 정상: 1, 종양: 1 }, '종양']);
  });

  const python = existsSync('/usr/bin/python3');
  if (!python) console.warn('Skipped: /usr/bin/python3, which writes ZIP64, is not here.');
  test.skipIf(!python)('of the ZIP64 kind, as Python writes it, is unpacked', async () => {
    const folder = await layOut(path.join(root, 'plain'), { 'yes/a.png': null, 'no/b.png': null });
    const file = path.join(root, 'zip64.zip');
    execFileSync('/usr/bin/python3', [
      '-c',
      `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
    for name in ('yes/a.png', 'no/b.png'):
        with archive.open(name, 'w', force_zip64=True) as entry:
            entry.write(open(sys.argv[2] + '/' + name, 'rb').read())`,
      file,
      folder,
    ]);
    const plain = await importPath({ registry: open(), folder });
    expect((await importPath({ registry: open(), folder: file })).dataset.hash).toBe(plain.dataset.hash);
  });
});

describe('refused, naming the entry, with nothing kept and nothing written elsewhere', () => {
  const good: ZipEntry = { name: 'yes/good.png', data: 'content' };
  const rows: [string, ZipEntry[], RegExp][] = [
    ['a way up', [good, { name: '../outside.png' }], /"\.\.\/outside\.png" leads out of the folder/],
    ['a way up, later', [good, { name: 'yes/../../outside.png' }], /leads out of the folder/],
    ['an absolute path', [good, { name: '/tmp/outside.png' }], /"\/tmp\/outside\.png" has an absolute path/],
    ['a drive', [good, { name: 'C:/outside.png' }], /"C:\/outside\.png" names a drive/],
    ['a backslash', [good, { name: 'yes\\..\\outside.png' }], /has a backslash in its name/],
    ['a NUL', [good, { name: 'yes/a\0.png' }], /has a NUL in its name/],
    ['a line break', [good, { name: 'yes/a\n.png' }], /"yes\/a\\n\.png" has a name that no file can have/],
    ['an empty step', [good, { name: 'yes//a.png' }], /has a name that no file can have/],
    ['a step to itself', [good, { name: './a.png' }], /has a name that no file can have/],
    ['a device of Windows', [good, { name: 'yes/AUX.png' }], /name of a device on Windows/],
    ['300 letters', [good, { name: `yes/${'a'.repeat(300)}` }], /has too long a name/],
    ['a thousand folders', [good, { name: `${'a/'.repeat(1000)}b` }], /folders deep/],
    ['a link', [good, { name: 'yes/link', data: '/etc/passwd', mode: 0o120777 }], /"yes\/link" is a link/],
    ['a device file', [good, { name: 'yes/null', mode: 0o020666 }], /is not an ordinary file/],
    ['a name twice', [good, { name: 'yes/good.png' }], /is there twice/],
    ['names that differ in case', [good, { name: 'yes/GOOD.png' }], /differs from another in case/],
    ['names that differ in accents', [{ name: 'é/a' }, { name: 'e\u0301/b' }], /case or accents only/],
    ['folders that differ in case', [good, { name: 'Yes/a' }], /"Yes\/a" differs from "yes\/" in case/],
    ['a file as a folder', [good, { name: 'yes/good.png/a' }], /is a folder where a file is/],
    ['a folder as a file', [good, { name: 'yes' }], /is a file where a folder is/],
    ['a NUL in place of a way up', [good, { name: '..\0/outside.png' }], /has a NUL in its name/],
    ['a password', [good, { name: 'yes/secret.png', flags: 1 }], /"yes\/secret\.png" is encrypted/],
    ['another method', [good, { name: 'yes/a.png', method: 14 }], /packed by method 14/],
    ['a wrong checksum', [good, { name: 'yes/bad.png', data: 'x', crc: 7 }], /"yes\/bad\.png" is damaged/],
    ['a wrong size', [good, { name: 'yes/bad.png', data: 'xxxx', size: 2 }], /"yes\/bad\.png" is damaged/],
    [
      'overlaps',
      [
        { ...good, method: 0, data: 'x'.repeat(999) },
        { name: 'b', method: 0, data: 'x'.repeat(999), sameAs: 0 },
      ],
      /overlap/,
    ],
  ];
  test.each(rows)('%s', async (_, entries, message) => {
    const before = everything();
    const file = archive(entries, 'bad.zip');
    await expect(unpack({ home, file })).rejects.toMatchObject({
      code: 'bad-archive',
      message: expect.stringMatching(message),
    });
    rmSync(file);
    expect(everything().filter((name) => !/^home(\/uploads)?$/.test(name))).toEqual(
      before.filter((name) => name !== 'home'),
    );
  });

  test('one whose count of entries is too low, as programs write that count to 65,535', async () => {
    const whole = zipOf(await scans());
    whole.writeUInt16LE(1, whole.length - 14); // of 3
    whole.writeUInt16LE(1, whole.length - 12);
    await expect(unpack({ home, file: archive(whole) })).rejects.toMatchObject({
      code: 'bad-archive',
      message: expect.stringMatching(/it has more entries than the 1 that it says it has/),
    });
  });

  test('one that is cut off, wherever that is', async () => {
    const whole = zipOf(await scans());
    for (const length of [4, 60, Math.floor(whole.length / 2), whole.length - 1]) {
      const file = archive(whole.subarray(0, length), 'cut.zip');
      await expect(unpack({ home, file })).rejects.toMatchObject({
        code: 'bad-archive',
        message: expect.stringMatching(/^"cut\.zip" was not unpacked: it can't be opened/),
      });
    }
    // The end record is intact, and what it refers to does not exist.
    const beheaded = archive(Buffer.concat([Buffer.from('PK\x03\x04'), whole.subarray(200)]), 'cut.zip');
    await expect(unpack({ home, file: beheaded })).rejects.toMatchObject({ code: 'bad-archive' });
    expect(uploads()).toEqual([]);
  });
});

describe('a bomb', () => {
  test('of a gibibyte in a kilobyte is refused before anything is written', async () => {
    const file = archive([{ name: 'yes/a.png', data: Buffer.alloc(2 ** 20), size: 2 ** 30 }]);
    await expect(unpack({ home, file })).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(
        /^"scans\.zip" was not unpacked: it says it unpacks to 1024 MiB, more than 100/,
      ),
    });
    expect(uploads()).toEqual([]);
  });

  test('that hides how much it is is stopped when it has given what it says', async () => {
    const file = archive([{ name: 'yes/a.png', data: Buffer.alloc(2 ** 26), size: 1000 }]);
    await expect(unpack({ home, file })).rejects.toMatchObject({
      code: 'bad-archive',
      message: expect.stringMatching(/"yes\/a\.png" is damaged/),
    });
    expect(uploads()).toEqual([]);
  });

  test.each([
    ['too many files', { files: 4 }, /holds more than 4 files and folders/],
    ['too much in all', { bytes: 100 }, /the limit is/],
  ])('of %s is refused', async (_, most, message) => {
    const file = archive(await scans());
    await expect(unpack({ home, file, limits: { ...limits, ...most } })).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(message),
    });
    expect(uploads()).toEqual([]);
  });

  test('that has no room on the disk is refused before anything is written', async () => {
    const entry = { name: 'yes/a.png', data: 'x', size: 0xfffffff0 };
    const huge = Array.from({ length: 250 }, (_, index) => ({ ...entry, name: `yes/${index}` }));
    const file = archive(huge);
    const roomy = { ...limits, ratioFrom: Infinity };
    await expect(unpack({ home, file, limits: roomy })).rejects.toMatchObject({ code: 'disk' });
    expect(uploads()).toEqual([]);
  });
});

test('what processes that died were unpacking is removed by the next, even by one of the same number', async () => {
  const left = [999_999_999, process.pid].map((pid) => path.join(home, 'uploads', `up-abcd.${pid}.part`));
  for (const folder of left) mkdirSync(folder, { recursive: true });
  await importPath({ registry: open(), folder: archive(await scans()) });
  expect(left.filter((folder) => existsSync(folder))).toEqual([]);
});

describe('a file that is neither folder nor zip archive is refused, saying what it is', () => {
  test.each<[string, string, Buffer | string, RegExp]>([
    ['an empty one', 'scans.zip', '', /scans\.zip" is empty \(0 bytes\)\. Copy it again/],
    [
      'a text by that name',
      'scans.zip',
      'hello',
      /is not a zip archive, the only kind that Falx unpacks\. Unpack it/,
    ],
    ['a RAR archive', 'scans.rar', 'Rar!\x1a\x07\x01\0', /is not a zip archive/],
    ['a tar archive', 'scans.tar.gz', Buffer.from([0x1f, 0x8b, 8, 0]), /is not a zip archive/],
    [
      'one of several parts',
      'scans.zip',
      'PK\x07\x08PK\x03\x04',
      /is one part of an archive split into several/,
    ],
    ['one that unpacks itself', 'scans.exe', 'MZ\0\0', /is a program, perhaps one that unpacks itself/],
    ['a scan', 'scan.nii.gz', Buffer.from([0x1f, 0x8b, 8, 0]), /is a file\. Give the folder/],
  ])('%s', async (_, name, content, message) => {
    const file = archive(Buffer.from(content as string), name);
    await expect(importPath({ registry: open(), folder: file })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
  });

  test('no name at all, which is not taken for the folder one is in', async () => {
    await expect(importPath({ registry: open(), folder: '' })).rejects.toMatchObject({ code: 'bad-usage' });
  });

  test.skipIf(process.platform === 'win32')('a pipe, which is not waited for', async () => {
    execFileSync('mkfifo', [path.join(root, 'pipe.zip')]);
    await expect(importPath({ registry: open(), folder: path.join(root, 'pipe.zip') })).rejects.toMatchObject(
      { code: 'bad-dataset' },
    );
  });
});
