import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditShortcuts } from '../../../src-main/check/shortcut-audit.ts';
import { shortcutKinds } from '../../../src-main/contract/check.ts';
import { inEnglish } from '../../../src-main/contract/messages/say.ts';
import { randomFrom } from '../../../src-main/statistics/random.ts';
import { importFolder } from '../../../src-main/import/import-handlers.ts';
import { drawSlice } from '../../../src-main/import/phantom.ts';
import { Registry } from '../../../src-main/registry/registry.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-planted-'));
let registry: Registry;
beforeAll(() => {
  registry = Registry.open(home);
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

const PER_CLASS = 60;
const SIDE = 128;

/** What is done to a slice of the positive class; the others stay unchanged. */
type Plant = (slice: Sharp) => Sharp | Promise<Sharp>;

/** Slices without a lesion in both classes: only the planted shortcut separates them. */
async function made(name: string, seed: number, plant: Plant) {
  const folder = path.join(home, `${name}-${seed}`);
  for (const className of ['Healthy', 'Tumour']) {
    mkdirSync(path.join(folder, className), { recursive: true });
    for (let at = 0; at < PER_CLASS; at += 1) {
      const pixels = drawSlice(SIDE, seed, `${className} ${at}`, false);
      const slice = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } });
      const altered = className === 'Tumour' ? await plant(slice) : slice;
      await sharp(await altered.png().toBuffer())
        .png()
        .toFile(path.join(folder, className, `${at}.png`));
    }
  }
  const { dataset } = await importFolder({ registry, folder });
  return auditShortcuts({ registry, datasetId: dataset.id });
}

const verdicts = ({ shortcuts }: Awaited<ReturnType<typeof made>>) =>
  Object.fromEntries(shortcuts.map(({ kind, verdict }) => [kind, verdict]));

const onto =
  (svg: string): Plant =>
  async (slice) => {
    const overlay: OverlayOptions = {
      input: Buffer.from(
        `<svg width="${SIDE}" height="${SIDE}" xmlns="http://www.w3.org/2000/svg">${svg}</svg>`,
      ),
    };
    return sharp(await slice.png().toBuffer())
      .composite([overlay])
      .toColourspace('b-w');
  };

let drawn = 0;
const random = randomFrom(5, 'planted');

test.each<[what: string, kind: (typeof shortcutKinds)[number], reason: RegExp, plant: Plant]>([
  ['one size for one class', 'file', /size|width/, (slice) => slice.resize(drawn++ % 10 === 0 ? 120 : 136)],
  [
    'a thin white frame around one class',
    'border',
    /border/,
    onto(`<rect x="0.5" y="0.5" width="${SIDE - 1}" height="${SIDE - 1}" fill="none" stroke="white"/>`),
  ],
  [
    'letters at the edge of one class',
    'border',
    /top|left/,
    onto(
      '<rect x="2" y="1" width="3" height="5" fill="white"/><rect x="8" y="1" width="2" height="5" fill="white"/>',
    ),
  ],
  ['brighter levels in one class', 'histogram', /pixels with grey levels/, (slice) => slice.linear(1, 9)],
  [
    'a dark disc somewhere within one class',
    'thumbnail',
    /row \d+, column \d+/,
    (slice) => onto(`<circle cx="64" cy="64" r="${12 + 4 * random()}" fill="black"/>`)(slice),
  ],
])('warns of %s', async (what, kind, reason, plant) => {
  const audit = await made(what, 3, plant);
  const found = audit.shortcuts.find((shortcut) => shortcut.kind === kind)!;
  expect(found.verdict, JSON.stringify(found)).toBe('warn');
  expect(inEnglish(found.reasons[0]!.feature)).toMatch(reason);
  expect(found.groups).toBeGreaterThan(PER_CLASS);
});

test('finds nothing where nothing is', async () => {
  let fine = 0;
  const seeds = [11, 12, 13];
  for (const seed of seeds) {
    const found = verdicts(await made('nothing', seed, (slice) => slice));
    fine += shortcutKinds.filter((kind) => found[kind] === 'fine').length;
  }
  // 12 audits, of which one in twenty may be wrong.
  expect(fine).toBeGreaterThanOrEqual(11);
});

test('names the class that has too few scans', async () => {
  const folder = path.join(home, 'few');
  for (const [className, count] of [
    ['Healthy', 12],
    ['Tumour', 3],
  ] as const) {
    mkdirSync(path.join(folder, className), { recursive: true });
    for (let at = 0; at < count; at += 1)
      await sharp(drawSlice(64, 9, `${className} ${at}`, false), {
        raw: { width: 64, height: 64, channels: 1 },
      })
        .png()
        .toFile(path.join(folder, className, `${at}.png`));
  }
  const { dataset } = await importFolder({ registry, folder });
  await expect(auditShortcuts({ registry, datasetId: dataset.id })).rejects.toMatchObject({
    code: 'bad-dataset',
    message: expect.stringMatching(
      /"Tumour" of "few" has 3 distinct scans.*needs 10 of each class/,
    ) as string,
  });
});

test('stops when told to, and stores nothing', async () => {
  const dataset = registry.datasets.get('nothing-11');
  const stop = new AbortController();
  const before = registry.checks.shortcuts(dataset.id);
  const audit = auditShortcuts({
    registry,
    datasetId: dataset.id,
    seed: 99,
    signal: stop.signal,
    onProgress: (step, done) => {
      if (step === 'evaluating' && done > 100) stop.abort();
    },
  });
  await expect(audit).rejects.toMatchObject({ code: 'cancelled' });
  expect(registry.checks.shortcuts(dataset.id)).toEqual(before);
});
