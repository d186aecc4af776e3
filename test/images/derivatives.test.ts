import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import {
  derive,
  hasDerivative,
  keepDerivative,
  readDerivative,
  smallPicture,
  SQUARE,
  trimDerivatives,
} from '../../src-main/images/derivatives.ts';
import { greySquareOf } from '../../src-main/images/grey-square.ts';
import { measure, type Picture } from '../../src-main/images/measures.ts';
import {
  MOST_PIXELS,
  reduced,
  reducedColours,
  reducesAlike,
  singleChannel,
} from '../../src-main/images/reduce.ts';
import { thumbnail } from '../../src-main/images/thumbnail.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';

const random = randomFrom(5, 'derivatives');

function noise(width: number, height: number, coloured = false): Picture {
  const pixels = new Uint8Array(3 * width * height);
  for (let at = 0; at < pixels.length; at += 3) {
    const level = Math.floor(random() * 256);
    pixels.set([level, level, coloured && at < pixels.length / 2 ? 255 - level : level], at);
  }
  return { width, height, pixels };
}

describe('reducing grey levels', () => {
  test('sharp of this machine is followed, so that the faster way is taken', async () => {
    expect(await reducesAlike()).toBe(true);
  });

  test.each([
    [160, 160],
    [161, 319],
    [192, 192],
    [208, 208],
    [220, 256],
    [299, 168],
    [511, 400],
    [639, 639],
    [240, 300],
    [512, 512],
    [640, 640],
    [630, 630],
    [1023, 513],
    [160, 1500],
  ])('gives what libvips gives to the bit, %i × %i', async (width, height) => {
    const { pixels } = noise(width, height);
    const colours = noise(width, height, true).pixels;
    const grey = singleChannel(pixels)!;
    for (const side of [128, 160]) {
      const square = reduced(grey, width, height, side);
      expect(Buffer.compare(square!, await greySquareOf(pixels, width, height, side))).toBe(0);
      const coloured = reducedColours(colours, width, height, side);
      expect(Buffer.compare(coloured!, await greySquareOf(colours, width, height, side))).toBe(0);
    }
  });

  test('leaves enlarging to libvips, and sizes where rounding would decide', () => {
    expect(reduced(new Uint8Array(100 * 200), 100, 200, 128)).toBeNull();
    expect(reduced(new Uint8Array(160 * 643), 160, 643, 160)).toBeNull();
  });

  test('a picture too large to be laid out in memory has its one channel too', () => {
    const pixels = new Uint8Array(3 * (MOST_PIXELS + 21)).fill(9);
    const grey = singleChannel(pixels)!;
    expect([grey.length, grey.every((level) => level === 9)]).toEqual([MOST_PIXELS + 21, true]);
    pixels[pixels.length - 2] = 8;
    expect(singleChannel(pixels)).toBeNull();
  });

  test('counts as plain sums over the pixels do, of any number of pixels', async () => {
    for (const [width, height] of [
      [7, 3],
      [33, 31],
      [200, 170],
    ] as const) {
      for (const coloured of [false, true]) {
        const picture = noise(width, height, coloured);
        const counts = new Array<number>(32).fill(0);
        let colours = 0;
        for (let at = 0; at < picture.pixels.length; at += 3) {
          const [red, green, blue] = picture.pixels.subarray(at, at + 3) as unknown as [
            number,
            number,
            number,
          ];
          counts[((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16) >> 3]! += 1 / width / height;
          if (Math.max(red, green, blue) - Math.min(red, green, blue) > 24) colours += 1 / width / height;
        }
        const { measures } = await derive(picture);
        counts.forEach((share, bin) => expect(measures.histogram[bin]).toBeCloseTo(share, 6));
        expect(measures.coloured).toBeCloseTo(colours, 6);
      }
    }
  });

  test('a picture with one pixel in colour has no single channel', () => {
    const { pixels } = noise(9, 9);
    expect(singleChannel(pixels)).not.toBeNull();
    pixels[30]! ^= 1;
    expect(singleChannel(pixels)).toBeNull();
  });
});

const real = path.resolve(import.meta.dirname, '../../../shared/data/brain-tumor-dataset');

test.skipIf(!existsSync(real))(
  'what is kept of real scans is what sharp and plain sums over the pixels give',
  async () => {
    const files = ['Brain Tumor', 'Healthy'].flatMap((name) =>
      readdirSync(path.join(real, name))
        .filter((_, at) => at % 40 === 0)
        .map((file) => path.join(real, name, file)),
    );
    expect(files.length).toBeGreaterThan(25);
    for (const file of files) {
      const picture = await decode(readFileSync(file), file);
      const { grey, measures } = await derive(picture);
      expect(
        Buffer.compare(grey, await greySquareOf(picture.pixels, picture.width, picture.height, SQUARE)),
        file,
      ).toBe(0);
      expect(measures, file).toEqual(await measure(picture, null)); // as a picture in colour, by sharp alone
    }
  },
);

describe('keeping', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'falx-derived-'));
  const sha256 = 'ab'.repeat(32);
  const file = path.join(place, 'ab', `${sha256}-1`);
  beforeAll(() => mkdirSync(place, { recursive: true }));
  afterAll(() => rmSync(place, { recursive: true }));

  test.each([false, true])('gives back what was kept, in colour: %s', async (coloured) => {
    const derivative = await derive(noise(200, 170, coloured));
    expect(derivative.coloured !== null).toBe(coloured);
    expect(keepDerivative(place, sha256, derivative)).toBe(true);
    const kept = readDerivative(place, sha256)!;
    expect(kept.grey).toEqual(derivative.grey);
    expect(kept.measures.histogram).toEqual(derivative.measures.histogram);
    expect(kept.measures.border).toEqual(derivative.measures.border);
    expect(kept.measures.thumbnail).toEqual(derivative.measures.thumbnail);
    expect(kept.measures.coloured).toBe(Math.fround(derivative.measures.coloured));
    expect(kept.coloured && Buffer.from(kept.coloured)).toEqual(derivative.coloured);
    expect(readdirSync(path.dirname(file))).toEqual([`${sha256}-1`]);
  });

  test('one with any bit turned, cut anywhere, or of another version is none', () => {
    const whole = readFileSync(file);
    for (const at of [0, 7, 20, 5000, whole.length - 40, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 4;
      writeFileSync(file, damaged);
      expect(readDerivative(place, sha256), `bit in byte ${at}`).toBeNull();
    }
    for (const length of [0, 1, 100, 30_000, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(readDerivative(place, sha256), `${length} bytes`).toBeNull();
    }
    writeFileSync(file, whole);
    expect(readDerivative(place, sha256)).not.toBeNull();
    expect(readDerivative(place, 'cd'.repeat(32))).toBeNull();
  });

  test('one that can’t be written is told and leaves nothing', async () => {
    const blocked = path.join(place, 'blocked');
    writeFileSync(blocked, '');
    expect(keepDerivative(blocked, sha256, await derive(noise(8, 8)))).toBe(false);
    expect(readFileSync(blocked, 'utf8')).toBe('');
  });

  test('those used longest ago go when there are too many, and what no process will finish', async () => {
    const folder = path.join(place, 'full');
    const derivative = await derive(noise(160, 160));
    const names = Array.from({ length: 20 }, (_, at) =>
      `${at % 2}${String(at).padStart(2, '0')}`.padEnd(64, '0'),
    );
    names.forEach((name, at) => {
      keepDerivative(folder, name, derivative);
      utimesSync(path.join(folder, name.slice(0, 2), `${name}-1`), at + 1, at + 1);
    });
    const left = path.join(folder, names[0]!.slice(0, 2), `${names[0]}-1.7-0a.tmp`);
    const older = path.join(folder, names[0]!.slice(0, 2), `${names[0]}-0`);
    for (const one of [left, older]) writeFileSync(one, '');
    utimesSync(left, 1, 1);
    expect(await trimDerivatives(folder, 1e9)).toBe(20 * 28_672);
    expect([existsSync(left), existsSync(older)]).toEqual([false, false]);
    readDerivative(folder, names[0]!); // so that it was used just now
    await trimDerivatives(folder, 10 * 28_672);
    expect(names.filter((name) => hasDerivative(folder, name))).toEqual([names[0], ...names.slice(12)]);
  });
});

test('a small picture comes of the grey square, or of the thumbnail in colour, and else of the original', async () => {
  const grey = noise(320, 200);
  const small = await smallPicture(await derive(grey), grey, 128);
  const shown = await decode(Buffer.from(small!), 'small');
  const wanted = await decode(await thumbnail(grey, 128), 'wanted');
  expect([shown.width, shown.height]).toEqual([wanted.width, wanted.height]);
  const coloured = noise(320, 200, true);
  expect(await smallPicture(await derive(coloured), coloured, 128)).toEqual(await thumbnail(coloured, 128));
  for (const [picture, side] of [
    [grey, 256],
    [coloured, 96],
    [noise(150, 90), 128],
  ] as const)
    expect(await smallPicture(await derive(picture), picture, side)).toBeNull();
});
