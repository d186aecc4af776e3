import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Worded } from '../../../src-main/contract/failures.ts';
import type { Audit } from '../../../src-main/folder-audit/folder-audit.ts';
import type { Change } from '../../../src-main/contract/check.ts';
import { randomFrom } from '../../../src-main/statistics/random.ts';
import { falx, falxJson } from './falx.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-audit-'));
afterAll(() => rmSync(home, { recursive: true }));

type Brief = { file: string; className: string; givenPart: string | null };
type Document = Omit<Audit, 'leaks' | 'repaired' | 'withoutShortcuts'> & {
  withoutShortcuts: Worded | null;
  dataset: { id: string };
  known: boolean;
  check: Audit['checked'];
  leaked: { count: number; of: number } | null;
  randomLeak: { count: number; of: number };
  leaks: { test: Brief; twin: Brief; exact: boolean; correlation: number | null; change: Change | null }[];
  repaired: (NonNullable<Audit['repaired']> & { csv: string | null }) | null;
};

/** The rows, without the header, of a CSV whose cells contain no commas or quotes. */
const rowsOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','));

describe('a folder in parts', () => {
  const scans = path.join(home, 'scans');
  const made = path.join(home, 'made');
  const put = (from: string, part: string, name = path.basename(from), alter = (image: Sharp) => image) => {
    const to = path.join(made, part, path.dirname(from), name);
    mkdirSync(path.dirname(to), { recursive: true });
    return alter(sharp(path.join(scans, from))).toFile(to);
  };
  beforeAll(async () => {
    await falxJson(home, ['demo', scans, '--per-class', '14', '--size', '128']);
    for (const folder of ['Healthy', 'Tumour'])
      for (const [at, file] of readdirSync(path.join(scans, folder)).sort().entries())
        await put(path.join(folder, file), at < 10 ? 'train' : 'test');
    await put('Tumour/tumour-0001.png', 'test', 'turned.png', (image) => image.rotate(90));
    await put('Healthy/healthy-0002.png', 'test', 'mirrored.jpg', (image) => image.flop().jpeg());
  });

  test('says which test images leak, from where, and how they were altered', async () => {
    const found = await falxJson<Document>(home, ['audit', made]);
    expect(found).toMatchObject({
      known: false,
      images: 30,
      given: { train: 20, validation: 0, test: 10 },
      leaked: { count: 2, of: 10 },
      repaired: null,
    });
    expect(found.leaks).toMatchObject([
      {
        test: { file: 'test/Healthy/mirrored.jpg', givenPart: 'test' },
        twin: { file: 'train/Healthy/healthy-0002.png', givenPart: 'train' },
        change: { mirrored: true, turned: 0 },
      },
      {
        test: { file: 'test/Tumour/turned.png' },
        twin: { file: 'train/Tumour/tumour-0001.png' },
        change: { mirrored: false, turned: 90 },
      },
    ]);
    expect(found.shortcuts!.shortcuts.map(({ kind }) => kind)).toEqual([
      'file',
      'border',
      'histogram',
      'thumbnail',
    ]);
  });

  test('mends the split, keeps the sizes, and writes it as a table; the dataset is not imported twice', async () => {
    const csv = path.join(home, 'mended.csv');
    const first = await falxJson<Document>(home, ['audit', made]);
    const { known, dataset, repaired } = await falxJson<Document>(home, ['audit', made, '--csv', csv]);
    expect([known, dataset.id]).toEqual([true, first.dataset.id]);
    expect(repaired).toMatchObject({
      split: { method: 'mended', certificate: { groupsAcross: 0, twinsAcross: 0, testImagesWithTwins: 0 } },
      counts: { test: 10 },
      moved: 2,
      csv,
    });
    const rows = rowsOf(readFileSync(csv, 'utf8'));
    expect(rows).toHaveLength(30);
    const parts = new Map<string, Set<string>>();
    for (const [, , part, group] of rows) parts.set(group!, (parts.get(group!) ?? new Set()).add(part!));
    expect(parts.size).toBe(28);
    expect([...parts.values()].every(({ size }) => size === 1)).toBe(true);
  });

  test('says it in words', async () => {
    const { stdout } = await falx(home, 'audit', made, '--repair');
    expect(stdout).toContain('LEAK: 2 of 10 test images (20 %) have a twin in training or validation.');
    expect(stdout).toContain('test/Tumour/turned.png = train/Tumour/tumour-0001.png: turned 90°');
    expect(stdout).toMatch(/Repaired: sp-\w+, train \d+, validation \d+, test 10; 2 images moved/);
  });

  test('writes a page that shows the pairs and asks for nothing else', async () => {
    const odd = path.join(made, 'test', 'Healthy', 'a<b>&.png');
    await sharp(path.join(scans, 'Healthy/healthy-0003.png')).rotate(180).toFile(odd);
    const html = path.join(home, 'audit.html');
    const { leaks } = await falxJson<Document>(home, ['audit', made, '--html', html]);
    rmSync(odd);
    expect(leaks).toHaveLength(3);
    const page = readFileSync(html, 'utf8');
    const pictures = [...page.matchAll(/<img src="data:image\/jpeg;base64,([^"]+)" alt="([^"]+)">/g)];
    expect(pictures.map(([, , name]) => name)).toEqual(
      leaks.flatMap(({ test, twin }) => [test.file.replace('a<b>&', 'a&lt;b&gt;&amp;'), twin.file]),
    );
    for (const [, base64] of pictures)
      expect(await sharp(Buffer.from(base64!, 'base64')).metadata()).toMatchObject({
        format: 'jpeg',
        width: 128,
      });
    expect(page.replace(/base64,[^"]+/g, '')).not.toMatch(/https?:|<script|a<b>/);
  });

  test('audits a folder with too few scans for shortcuts all the same', async () => {
    const few = path.join(home, 'few');
    await falxJson(home, ['demo', few, '--per-class', '3', '--size', '64']);
    const found = await falxJson<Document>(home, ['audit', few, '--repair', '--positive', 'Tumour']);
    expect(found).toMatchObject({ given: null, leaked: null, leaks: [], shortcuts: null });
    expect(found.withoutShortcuts?.message).toMatch(/3 distinct scans.*needs 10/);
    expect(found.repaired!.split.method).toBe('stratified');
  });

  test.each([
    ['a folder that is not there', ['audit', path.join(home, 'nowhere')], /There is no folder/],
    [
      'a table that cannot be written',
      ['audit', made, '--csv', path.join(home, 'no', 'where.csv')],
      /can't be written/,
    ],
  ])('says what is wrong with %s', async (_, args, message) => {
    const { code, stderr } = await falx(home, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

const real = path.join(import.meta.dirname, '../../../../shared/data/brain-tumor-dataset');

test.skipIf(!existsSync(real))(
  'counts what leaks in real scans (../shared/data), thrown into parts, as by hand',
  async () => {
    const random = randomFrom(3, 'parts');
    const folder = path.join(home, 'thrown');
    for (const className of ['Brain Tumor', 'Healthy'])
      for (const file of readdirSync(path.join(real, className)).sort()) {
        const to = path.join(folder, random() < 0.2 ? 'Testing' : 'Training', className);
        mkdirSync(to, { recursive: true });
        symlinkSync(path.join(real, className, file), path.join(to, file));
      }
    const found = await falxJson<Document>(home, ['audit', folder, '--repair']);

    const scans = found.check.groups.map(({ first, twins }) => [
      first.file,
      ...twins.map(({ file }) => file),
    ]);
    const inTest = (file: string) => file.startsWith('Testing/');
    const leaking = scans
      .filter((scan) => scan.some((file) => !inTest(file)))
      .flatMap((scan) => scan.filter(inTest));
    expect(found.leaks.map(({ test }) => test.file).sort()).toEqual(leaking.sort());
    expect(found.leaked!.count).toBe(leaking.length);
    expect(found.leaked!.count / found.leaked!.of).toBeGreaterThan(0.5);
    // About what chance would do: the images were divided at random.
    expect(found.leaked!.count / found.leaked!.of).toBeCloseTo(
      found.randomLeak.count / found.randomLeak.of,
      1,
    );
    expect(found.repaired).toMatchObject({
      counts: { test: found.given!.test },
      split: { certificate: { groupsAcross: 0, twinsAcross: 0 } },
    });
  },
);

test.skipIf(!existsSync(real))(
  'shows one real scan (../shared/data) in two folders that are put together as one class',
  async () => {
    const folder = path.join(home, 'three');
    const put = async (from: string, to: string, alter = (image: Sharp) => image) => {
      mkdirSync(path.join(folder, path.dirname(to)), { recursive: true });
      await alter(sharp(path.join(real, from))).toFile(path.join(folder, to));
    };
    const of = (className: string) => readdirSync(path.join(real, className)).sort();
    const tumours = of('Brain Tumor').filter((_, at) => at % 40 === 0);
    const [same, turned, ...others] = tumours as [string, string, ...string[]];
    for (const [at, file] of others.entries())
      await put(`Brain Tumor/${file}`, `${at % 2 ? 'glioma' : 'meningioma'}/${at}.png`);
    for (const [at, file] of of('Healthy').entries())
      if (at % 60 === 0) await put(`Healthy/${file}`, `no/${at}.png`);
    await put(`Brain Tumor/${same}`, 'glioma/same.png');
    await put(`Brain Tumor/${same}`, 'meningioma/same.jpg', (image) => image.jpeg({ quality: 80 }));
    await put(`Brain Tumor/${turned}`, 'glioma/turned.png');
    await put(`Brain Tumor/${turned}`, 'meningioma/turned.png', (image) => image.rotate(90));
    // A copy within one of the folders is no contradiction.
    await put(`Brain Tumor/${others[0]!}`, 'meningioma/copy.png', (image) => image.flop());
    const html = path.join(home, 'three.html');
    const args = ['audit', folder, '--classes', 'tumour=glioma+meningioma,none=no', '--positive', 'tumour'];
    const { mixed, merged, check } = await falxJson<Document>(home, [...args, '--html', html]);
    expect(mixed).toEqual([]);
    const pairs = merged.map(({ one, other, classes }) => [[one.file, other.file].sort(), classes]);
    expect(pairs).toContainEqual([
      ['glioma/same.png', 'meningioma/same.jpg'],
      ['glioma', 'meningioma'],
    ]);
    expect(pairs).toContainEqual([
      ['glioma/turned.png', 'meningioma/turned.png'],
      ['glioma', 'meningioma'],
    ]);
    expect(pairs.flat(2)).not.toContain('meningioma/copy.png');
    expect(check.groupsWithMergedClasses).toBe(merged.length);
    const { stdout } = await falx(home, ...args);
    expect(stdout).toContain('in several class folders that were merged into one class');
    expect(stdout).toMatch(
      /glioma\/turned\.png = meningioma\/turned\.png: turned 90°|meningioma\/turned\.png = glioma/,
    );
    expect(readFileSync(html, 'utf8')).toContain('<h2>Scans in several merged class folders</h2>');
  },
);
