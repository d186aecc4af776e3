import {
  existsSync,
  mkdirSync,
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import {
  derive,
  keepDerivative,
  readDerivative,
  smallPicture,
  SQUARE,
  trimDerivatives,
  unpacked,
  VERSION,
} from '../../src-main/images/derivatives.ts';
import { greySquareOf } from '../../src-main/images/grey-square.ts';
import { measure } from '../../src-main/images/measures.ts';
import type { Picture } from '../../src-main/images/picture.ts';
import {
  MOST_PIXELS,
  reduced,
  reducedColours,
  reducedPicture,
  reducesAlike,
  singleChannel,
} from '../../src-main/images/reduce.ts';
import { thumbnail } from '../../src-main/images/thumbnail.ts';
import { Packs } from '../../src-main/images/packs.ts';
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
      for (const one of [pixels, colours]) {
        const whole = await sharp(one, { raw: { width, height, channels: 3 } })
          .resize(side, side, { fit: 'fill', kernel: 'linear' })
          .raw()
          .toBuffer();
        expect(Buffer.compare((await reducedPicture(one, width, height, side))!, whole)).toBe(0);
      }
    }
  });

  test('leaves enlarging to libvips, and sizes where rounding would decide', async () => {
    expect(await reducedPicture(new Uint8Array(3 * 100 * 200), 100, 200, 128)).toBeNull();
    expect(await reducedPicture(new Uint8Array(3 * 160 * 643), 160, 643, 160)).toBeNull();
    expect(await reducedPicture(new Uint8Array(3 * 200 * 200), 200, 200, 97)).toBeNull();
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
  /** The only pack. */
  const file = () =>
    path.join(
      place,
      readdirSync(place).find((name) => name.endsWith('.pack'))!,
    );
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
    expect(readdirSync(place)).toEqual([path.basename(file())]);
  });

  test('one with any bit turned, cut anywhere, or of another version is none', () => {
    const whole = readFileSync(file());
    // As read by a process without prior state: the later of two with the same key.
    const read = () => {
      const content = new Packs(place, VERSION).read(sha256);
      return content && unpacked(content);
    };
    const from = 40 + whole.readUInt32LE(4);
    for (const at of [0, 5, 30, 40, 47, 60, 5040, whole.length - from - 5, whole.length - from - 1]) {
      const damaged = Buffer.from(whole.subarray(from));
      damaged[at]! ^= 4;
      writeFileSync(file(), damaged);
      expect(read(), `bit in byte ${at}`).toBeNull();
    }
    for (const length of [0, 1, 39, 100, 30_000, whole.length - from - 1]) {
      writeFileSync(file(), whole.subarray(from, from + length));
      expect(read(), `${length} bytes`).toBeNull();
    }
    writeFileSync(file(), whole);
    expect(read()).not.toBeNull();
    expect(readDerivative(place, sha256)).not.toBeNull();
    expect(readDerivative(place, 'cd'.repeat(32))).toBeNull();
  });

  test('what another process adds is found, and what it was still writing is once it is whole', () => {
    const folder = path.join(place, 'others');
    const [one, other] = [new Packs(folder, VERSION), new Packs(folder, VERSION)];
    const keys = ['01', '02', '03', '04'].map((byte) => byte.repeat(32)) as [string, string, string, string];
    expect(other.read(keys[0])).toBeNull();
    expect(one.add(keys[0], Buffer.from('first'))).toBe(true);
    expect(other.read(keys[0])).toEqual(Buffer.from('first'));
    one.add(keys[1], Buffer.from('second'));
    const pack = path.join(folder, readdirSync(folder)[0]!);
    const whole = readFileSync(pack);
    truncateSync(pack, whole.length - 1);
    expect(other.read(keys[1])).toBeNull();
    writeFileSync(pack, whole);
    expect(other.read(keys[1])).toEqual(Buffer.from('second'));
    other.add(keys[2], Buffer.from('third'));
    expect(readdirSync(folder)).toHaveLength(2);
    expect(one.read(keys[2])).toEqual(Buffer.from('third'));
    rmSync(folder, { recursive: true });
    expect([one.read(keys[0]), other.read(keys[2])]).toEqual([null, null]);
    one.add(keys[3], Buffer.from('fourth')); // its pack no longer exists
    expect(other.read(keys[3])).toEqual(Buffer.from('fourth'));
    for (const packs of [one, other]) packs.close();
  });

  test('a pack that was closed is added to again, unless it is not as it was left', () => {
    const folder = path.join(place, 'rests');
    const packs = new Packs(folder, VERSION);
    const keys = ['01', '02', '03', '04'].map((byte) => byte.repeat(32)) as [string, string, string, string];
    for (const key of keys.slice(0, 2)) {
      packs.add(key, Buffer.from(key));
      packs.close();
    }
    expect(readdirSync(folder)).toHaveLength(1);
    writeFileSync(path.join(folder, readdirSync(folder)[0]!), 'other', { flag: 'a' });
    packs.add(keys[2], Buffer.from(keys[2]));
    packs.close();
    expect(readdirSync(folder)).toHaveLength(2);
    rmSync(folder, { recursive: true });
    packs.add(keys[3], Buffer.from(keys[3]));
    packs.close();
    expect(packs.read(keys[3])).toEqual(Buffer.from(keys[3]));
  });

  test('one that can’t be written is reported and leaves nothing', async () => {
    const blocked = path.join(place, 'blocked');
    writeFileSync(blocked, '');
    expect(keepDerivative(blocked, sha256, await derive(noise(8, 8)))).toBe(false);
    expect(readFileSync(blocked, 'utf8')).toBe('');
  });

  test('those used longest ago go when there are too many, pack by pack, and what is no pack of this version', async () => {
    const folder = path.join(place, 'full');
    const packs = new Packs(folder, VERSION);
    const keys = Array.from({ length: 20 }, (_, at) => at.toString(16).padStart(64, '0'));
    const files = keys.map((key, at) => {
      const before = at === 0 ? [] : readdirSync(folder);
      const process = new Packs(folder, VERSION); // each has its own pack
      process.add(key, new Uint8Array(960));
      process.close();
      const file = path.join(
        folder,
        readdirSync(folder).find((name) => !before.includes(name))!,
      );
      utimesSync(file, at + 1, at + 1);
      return file;
    });
    const older = path.join(folder, '1-7-00000000-0.pack');
    const earlier = path.join(folder, 'ab');
    mkdirSync(earlier);
    for (const one of [older, path.join(earlier, `${sha256}-1`)]) writeFileSync(one, '');
    expect(await packs.trim(1e6, 0.9)).toBe(20_000);
    expect([existsSync(older), existsSync(earlier), readdirSync(folder).length]).toEqual([false, false, 20]);
    packs.read(keys[0]!); // so that it was just used
    expect(await packs.trim(10_000, 0.9)).toBe(9000);
    const left = [keys[0], ...keys.slice(12)];
    expect(keys.filter((key) => packs.has(key))).toEqual(left);
    expect(keys.filter((key) => new Packs(folder, VERSION).has(key))).toEqual(left);
    expect(files.filter((file) => existsSync(file))).toHaveLength(9);
    expect(await trimDerivatives(folder)).toBe(9000);
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
