import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dataset, ImageRecord } from '../../src-main/contract/records.ts';
import { decode } from '../../src-main/images/decode.ts';
import {
  derive,
  derivedFolder,
  keepDerivative,
  readDerivative,
  VERSION,
} from '../../src-main/images/derivatives.ts';
import { derivativeOf, smallPictureOf } from '../../src-main/import/derived.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { readers } from '../../src-main/import/reader.ts';
import { readOne } from '../../src-main/import/reading.ts';
import { stampOf } from '../../src-main/import/stamp.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { file, picture, words } from '../images/dicom/dicom-fixtures.ts';
import { layOut } from './folders.ts';

const place = mkdtempSync(path.join(tmpdir(), 'falx-derived-import-'));
const folder = path.join(place, 'scans');
const home = path.join(place, 'home');
const derived = derivedFolder(home);
let registry: Registry;
let dataset: Dataset;
let images: ImageRecord[];

/** A gradient, so that no two are similar. */
const gradient = (from: number): Promise<Buffer> =>
  sharp(
    Uint8Array.from({ length: 200 * 180 }, (_, at) => (from + at / 300) % 256),
    {
      raw: { width: 200, height: 180, channels: 1 },
    },
  )
    .png()
    .toBuffer();

const named = (name: string): ImageRecord => images.find(({ file }) => file === name)!;
const fresh = async (name: string) => derive(await decode(readFileSync(path.join(folder, name)), name));

beforeAll(async () => {
  await layOut(folder, {
    'no/a.png': await gradient(0),
    'no/b.png': await gradient(40),
    'yes/c.png': await gradient(80),
    'yes/d.png': await gradient(120),
  });
  registry = Registry.open(home);
  ({ dataset } = await importFolder({ registry, folder, positive: 'yes' }));
  images = registry.images.list(dataset.id);
  // As for files not written just before the import.
  const files = [];
  for (const { file } of images) files.push({ file, stamp: (await stampOf(path.join(folder, file)))!.text });
  registry.imports.restamp(dataset.id, files);
});
afterAll(() => {
  registry.close();
  readers.close();
  rmSync(place, { recursive: true });
});

test('an import keeps what comes of each picture, as the original gives it', async () => {
  for (const { file, sha256 } of images) expect(readDerivative(derived, sha256)).toEqual(await fresh(file));
});

test('what is kept is taken, and the original is not decoded again', async () => {
  const other = await derive({ width: 1, height: 1, pixels: Uint8Array.of(7, 7, 7) });
  const { sha256 } = named('no/a.png');
  keepDerivative(derived, sha256, other);
  expect(await derivativeOf(registry, dataset, named('no/a.png'))).toEqual(other);
  keepDerivative(derived, sha256, await fresh('no/a.png'));
});

/** Corrupts a picture's stored derivative, wherever it is, from its first byte on. */
function spoil(sha256: string, how: (file: string, pack: Buffer, at: number) => void): void {
  for (const name of readdirSync(derived)) {
    const file = path.join(derived, name);
    for (let pack = readFileSync(file), at = 0; (at = pack.indexOf(sha256, at, 'hex')) >= 0; at += 32)
      how(file, pack, at + 32);
  }
}

test.each([
  ['missing', (file: string) => rmSync(file, { force: true })],
  ['cut short', (file: string, _: Buffer, at: number) => truncateSync(file, at + 9000)],
  [
    'damaged',
    (file: string, pack: Buffer, at: number) => writeFileSync(file, pack.fill(3, at + 2000, at + 2001)),
  ],
  [
    'of another version',
    (file: string, pack: Buffer, at: number) => writeFileSync(file, pack.fill('9', at + 7, at + 8)),
  ],
])('one that is %s is made anew from the original', async (_, how) => {
  const { sha256 } = named('no/b.png');
  spoil(sha256, how);
  expect(readDerivative(derived, sha256)).toBeNull();
  expect(await derivativeOf(registry, dataset, named('no/b.png'))).toEqual(await fresh('no/b.png'));
  expect(readDerivative(derived, sha256)).toEqual(await fresh('no/b.png'));
});

test('where the original was touched it is looked at again; where it is another, that is noticed', async () => {
  const file = path.join(folder, 'yes/c.png');
  utimesSync(file, 1, 1);
  expect(await derivativeOf(registry, dataset, named('yes/c.png'))).toEqual(await fresh('yes/c.png'));
  expect(await smallPictureOf(registry, dataset, named('yes/c.png'), 128)).toBeNull();
  await derivativeOf(registry, dataset, named('yes/d.png')); // its pack was corrupted
  expect(await smallPictureOf(registry, dataset, named('yes/d.png'), 128)).not.toBeNull();
  writeFileSync(file, await gradient(200));
  await expect(derivativeOf(registry, dataset, named('yes/c.png'))).rejects.toMatchObject({
    facts: { changed: true },
  });
  rmSync(file);
  await expect(derivativeOf(registry, dataset, named('yes/c.png'))).rejects.toMatchObject({
    code: 'unreadable-file',
  });
});

test('all of it lies in packs', () => {
  expect(readdirSync(derived).filter((name) => !name.endsWith(`-${VERSION}.pack`))).toEqual([]);
});

test('reading a picture so small that its pixels share memory with others leaves these alone', async () => {
  const small = path.join(place, 'small');
  const stored = Array.from({ length: 16 }, (_, at) => 100 * at);
  const dicom = file('1.2.840.10008.1.2.1', picture({ rows: 4, columns: 4, stored: 12 }, words(stored)));
  await layOut(small, { 'a.dcm': dicom });
  const others = Array.from({ length: 200 }, () => Buffer.from('here'));
  const read = await readOne(small, 'a.dcm', await stampOf(path.join(small, 'a.dcm')), { salt: '' });
  expect(read.pictures).toHaveLength(1);
  others.push(Buffer.from('here'));
  expect(others.every((one) => one.toString() === 'here')).toBe(true);
});
