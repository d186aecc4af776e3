import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset, ImageRecord } from '../../src-main/contract/records.ts';
import type { Preprocessing } from '../../src-main/contract/settings.ts';
import { pixelFile } from '../../src-main/images/cache.ts';
import { decode } from '../../src-main/images/decode.ts';
import { square } from '../../src-main/images/pixels.ts';
import { pictureName, picturesIn } from '../../src-main/images/scan.ts';
import * as sample from '../registry/sample-records.ts';
import { niftiFile } from './nifti/nifti-fixtures.ts';

const size = 32;
const pixelPath: Preprocessing = {
  version: 2,
  imageSize: size,
  canvas: 'stretch',
  crop: 'none',
  window: 'file',
};

let root: string;
let home: string;
let dataset: Dataset;
let images: ImageRecord[];
beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-cache-'));
  home = path.join(root, 'home');
  const folder = path.join(root, 'scans');
  mkdirSync(folder);
  dataset = { ...sample.dataset('ds-1', 'scans'), folder };
  images = await Promise.all(
    Array.from({ length: 11 }, async (_, index) => {
      const file = `${index}.png`;
      const background = { r: 20 * index, g: 255 - 20 * index, b: 7 };
      const bytes = await sharp({ create: { width: 40 + index, height: 50, channels: 3, background } })
        .png()
        .toBuffer();
      writeFileSync(path.join(folder, file), bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { ...sample.image(file), id: index + 1, datasetId: 'ds-1', sha256 };
    }),
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const make = () => pixelFile(dataset, images, pixelPath, home);

/** Identifies the pixel file that was written last. */
const made = (file: string) => statSync(file, { bigint: true }).ino;

describe('the pixel file', () => {
  test('has the squares of all images, one after the other, in the order given', async () => {
    images.reverse();
    const done: number[] = [];
    const file = await pixelFile(dataset, images, pixelPath, home, (count, total, rate) => {
      expect(total).toBe(11);
      expect(rate).toBeGreaterThan(0);
      done.push(count);
    });
    const squares = await Promise.all(
      images.map(async (image) =>
        square(await decode(readFileSync(path.join(dataset.folder, image.file)), image.file), pixelPath),
      ),
    );
    expect(file).toEqual({
      path: path.join(home, 'cache', 'ds-1-32-stretch.pixels'),
      imageSize: size,
      count: 11,
    });
    expect(readFileSync(file.path).equals(Buffer.concat(squares))).toBe(true);
    expect(done).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
  });

  test('has what prediction sees of slices, cropped and windowed as asked, and another file for each way', async () => {
    writeFileSync(path.join(dataset.folder, 'volume.nii'), niftiFile({ size: [40, 50, 4] }));
    const how: Preprocessing = { ...pixelPath, crop: 'head', window: 'percentiles' };
    const squares: Uint8Array[] = [];
    const slices: ImageRecord[] = [];
    const volume = path.join(dataset.folder, 'volume.nii');
    for await (const picture of picturesIn(volume, 'volume.nii', { salt: '', window: how.window })) {
      const { frame, sha256 } = picture;
      squares.push(await square(picture, how));
      const file = pictureName('volume.nii', frame);
      slices.push({ ...images[0]!, id: 100 + slices.length, file, frame, sha256 });
    }
    expect(slices).toHaveLength(4);
    const made = await pixelFile(dataset, slices, how, home);
    expect(path.basename(made.path)).toBe('ds-1-32-stretch-head-percentiles.pixels');
    expect(readFileSync(made.path).equals(Buffer.concat(squares))).toBe(true);
    writeFileSync(volume, niftiFile({ size: [40, 50, 5] }));
    await expect(pixelFile(dataset, slices, pixelPath, home)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(/volume\.nii#axial:0" has changed since/),
    });
  });

  test('is made once', async () => {
    const first = await make();
    const before = made(first.path);
    unlinkSync(path.join(dataset.folder, '3.png')); // so that making it again would fail
    expect(await make()).toEqual(first);
    expect(made(first.path)).toBe(before);
  });

  describe('once it was read whole and found to be what was written', () => {
    const past = new Date('2026-01-02T03:04:05Z');
    let file: string;
    let whole: Buffer;
    beforeEach(async () => {
      file = (await make()).path;
      whole = readFileSync(file);
      utimesSync(file, past, past);
      await make(); // looks at all of it
    });
    const spoilt = () => Buffer.from(whole).fill(99, 5000, 5001);

    test('is not read whole again', async () => {
      writeFileSync(file, spoilt(), { flag: 'r+' });
      utimesSync(file, past, past); // as only this test does
      const inode = made(file);
      await make();
      expect(made(file)).toBe(inode);
      expect(readFileSync(file).equals(spoilt())).toBe(true);
    });

    test.each<[string, () => void]>([
      ['written to', () => writeFileSync(file, spoilt(), { flag: 'r+' })],
      [
        'replaced by a file as old',
        () => {
          writeFileSync(`${file}.other`, spoilt());
          utimesSync(`${file}.other`, past, past);
          renameSync(`${file}.other`, file);
        },
      ],
      ['cut short', () => writeFileSync(file, whole.subarray(0, -1))],
    ])('is made anew when it was %s', async (_, spoil) => {
      spoil();
      await make();
      expect(readFileSync(file).equals(whole)).toBe(true);
    });

    test('stays when it was only touched', async () => {
      const later = new Date('2026-01-03T03:04:05Z');
      utimesSync(file, later, later);
      const inode = made(file);
      await make();
      expect(made(file)).toBe(inode);
    });

    test('one that was written just now may be written to again unseen, and is read whole each time', async () => {
      const future = new Date(Date.now() + 3_600_000); // never older, however long this takes
      utimesSync(file, future, future);
      await make();
      expect(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).toMatchObject({
        verified: expect.stringContaining(`${whole.length}-1767`) as unknown,
      });
    });
  });

  test('leaves nothing else in the folder', async () => {
    await make();
    expect(readdirSync(path.join(home, 'cache')).sort()).toEqual([
      'ds-1-32-stretch.pixels',
      'ds-1-32-stretch.pixels.json',
    ]);
  });

  const damages: [string, (file: string) => void][] = [
    ['cut short', (file) => truncateSync(file, 1000)],
    ['altered by one byte', (file) => writeFileSync(file, readFileSync(file).fill(99, 5000, 5001))],
    ['gone', (file) => unlinkSync(file)],
    ['without its sidecar', (file) => unlinkSync(`${file}.json`)],
    ['with half a sidecar', (file) => truncateSync(`${file}.json`, 20)],
    [
      'of another dataset hash',
      (file) =>
        writeFileSync(
          `${file}.json`,
          readFileSync(`${file}.json`, 'utf8').replace(dataset.hash, 'f'.repeat(64)),
        ),
    ],
  ];
  test.each(damages)('is made again when it is %s', async (_, damage) => {
    const { path: file } = await make();
    const pixels = readFileSync(file);
    damage(file);
    await make();
    expect(readFileSync(file).equals(pixels)).toBe(true);
    const before = made(file);
    await make();
    expect(made(file)).toBe(before);
  });

  test('is made again for other images', async () => {
    const { path: file } = await make();
    images.pop();
    expect((await make()).count).toBe(10);
    expect(statSync(file).size).toBe(10 * size * size * 3);
  });
});

describe('an image that is no longer what was imported', () => {
  const changes: [string, (file: string) => void, RegExp][] = [
    [
      'changed',
      (file) => writeFileSync(file, 'something else'),
      /3\.png" has changed since "scans" was imported/,
    ],
    ['vanished', (file) => unlinkSync(file), /3\.png" can't be read as it was when "scans" was imported/],
  ];
  test.each(changes)('%s is named, and nothing is left', async (_, change, message) => {
    change(path.join(dataset.folder, '3.png'));
    await expect(make()).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(path.join(home, 'cache'))).toEqual([]);
  });
});

test('making it can be cancelled and leaves nothing', async () => {
  const stop = new AbortController();
  const run = pixelFile(dataset, images, pixelPath, home, (done) => done === 4 && stop.abort(), stop.signal);
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  expect(readdirSync(path.join(home, 'cache'))).toEqual([]);
});

test('what processes that no longer live had begun is removed', async () => {
  const cache = path.join(home, 'cache');
  mkdirSync(cache, { recursive: true });
  const gone = path.join(cache, 'ds-9-32-stretch.pixels.999999999-0a1b2c3d.tmp'); // beyond the largest process id
  const alive = path.join(cache, `ds-9-32-stretch.pixels.${process.ppid}-0a1b2c3d.tmp`);
  writeFileSync(gone, '');
  writeFileSync(alive, '');
  await make();
  expect(readdirSync(cache)).not.toContain(path.basename(gone));
  expect(readdirSync(cache)).toContain(path.basename(alive));
});

test('two that make it at once both get a whole one', async () => {
  const [one, two] = await Promise.all([make(), make()]);
  expect(one).toEqual(two);
  expect(readdirSync(path.join(home, 'cache'))).toHaveLength(2);
  const before = made(one.path);
  await make();
  expect(made(one.path)).toBe(before);
});
