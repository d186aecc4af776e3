import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { decode } from '../../src-main/images/decode.ts';
import { decodeBmp } from '../../src-main/images/bmp.ts';
import { largestDifference } from './difference.ts';
import { briefly } from '../briefly.ts';

const folder = path.resolve(import.meta.dirname, '../../../shared/data/bad-images');
const skip = !existsSync(folder);
if (skip) console.warn(`Skipped: ${folder} is not here.`);

/** Where Falx and Pillow disagree: by the end of the file's name, and why. */
const readByFalxAlone: Record<string, string> = {
  '0b7d50ac449fd59eb3de00647636d0c9.png': 'whole pixels; an odd chunk beside them',
  'c-m1-a4842373fc20cc42b8e023a329761915.png': 'whole pixels; an odd chunk beside them',
  'm1-1fc0c0de88608a9445d6f98a544b5abc.png': 'whole pixels; an odd chunk beside them',
  'm1-8f2b481b7fd9bd745e620b7c01a18df2.png': 'whole pixels; an odd chunk beside them',
  'pal8oversizepal.bmp': 'a palette longer than 8 bits can use, all there',
  'rgb16-880.bmp': 'bit fields of any width',
  'rgb32bf.bmp': 'bit fields in any order',
  'rle_overflow.bmp': 'a picture ended early, as the format allows',
};
const readByPillowAlone: Record<string, string> = {
  'windows_dibv5_dump.bin': 'no file header',
  'pos:10.tga': 'TGA',
  'UNORM_SRGB.dds': 'DDS',
  'hopper.pnm': 'PNM',
  'flip2,pos:175.jpg': 'a scan header that is against the standard',
  '__182.jpg': 'damaged on purpose',
  'turbo-dht.jpg': 'damaged on purpose',
};

/** File name → whether Pillow reads it completely. */
function manifest(): Map<string, boolean> {
  const lines = readFileSync(path.join(folder, 'MANIFEST.csv'), 'utf8').split(/\r?\n/).slice(1);
  return new Map(
    lines.flatMap((line) => {
      const [, quoted, plain, rest] = /^(?:"([^"]*)"|([^,]*)),(.*)$/.exec(line) ?? [];
      const name = quoted ?? plain;
      return name ? [[name, rest!.startsWith('ok')] as const] : [];
    }),
  );
}

describe.skipIf(skip)('the bad images of the shared folder', () => {
  test('are read, or refused with a reason, as Pillow does but for the known exceptions', async () => {
    const pillow = manifest();
    const [mine, pillows]: [string[], string[]] = [[], []];
    for (const [name, readable] of pillow) {
      const error = await decode(readFileSync(path.join(folder, name)), name).then(
        () => null,
        (error: unknown) => error,
      );
      if (error) expect(error).toBeInstanceOf(FalxError);
      if (error) expect(briefly(error as FalxError)).toMatch(/^[A-Z].{10,250}[.\]]$/);
      if (!error && !readable) mine.push(name);
      if (error && readable) pillows.push(name);
    }
    expect(pillow.size).toBe(143);
    expect(unlisted(mine, readByFalxAlone)).toEqual([]);
    expect(unlisted(pillows, readByPillowAlone)).toEqual([]);
    expect(mine).toHaveLength(Object.keys(readByFalxAlone).length);
    expect(pillows).toHaveLength(Object.keys(readByPillowAlone).length);
  });

  test('hold PngSuite pictures as BMP whose pixels are those of the PNG', async () => {
    const names = readdirSync(folder).filter((name) => name.startsWith('bmpsuite__'));
    const pairs = names
      .map((name) => [name, name.replace('bmpsuite__', 'pngsuite__').replace('.bmp', '.png')] as const)
      .filter(([, png]) => existsSync(path.join(folder, png)));
    expect(pairs.length).toBeGreaterThan(0);
    for (const [bmp, png] of pairs) {
      const expected = await decode(readFileSync(path.join(folder, png)), png);
      const found = decodeBmp(readFileSync(path.join(folder, bmp)), bmp);
      expect(largestDifference(found.pixels, expected.pixels)).toBeLessThanOrEqual(1);
    }
  });
});

const unlisted = (names: string[], list: Record<string, string>): string[] =>
  names.filter((name) => !Object.keys(list).some((end) => name.endsWith(end)));
