import type { FalxError } from '../../src-main/contract/errors.ts';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pictureFormats } from '../../src-main/contract/formats.ts';
import { decode } from '../../src-main/images/decode.ts';
import { decoders } from '../../src-main/images/decoders.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { square as squareOf } from '../../src-main/images/pixels.ts';
import { largestDifference, meanDifference } from './difference.ts';
import { isByLibrary } from '../../src-main/system/foreign.ts';
import { briefly } from '../briefly.ts';

/** Made by test/goldens/images.py with Pillow. */
interface Golden {
  cases: { name: string; width: number; height: number; tolerance: number; file: string; rgb: string }[];
  squares: { file: string; sizes: { imageSize: number; canvas: 'stretch' | 'pad'; rgb: string }[] };
}
const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../goldens/images.json'), 'utf8'),
) as Golden;
const bytes = (base64: string) => Buffer.from(base64, 'base64');

describe("decodes to Pillow's pixels", () => {
  test.each(golden.cases)(
    '$name, to within $tolerance',
    async ({ name, width, height, tolerance, file, rgb }) => {
      const decoded = await decode(bytes(file), 'no name that tells.xyz');
      expect({ width: decoded.width, height: decoded.height }).toEqual({ width, height });
      expect(decoded.format).toBe(name.split(' ')[0]);
      expect(largestDifference(decoded.pixels, bytes(rgb))).toBeLessThanOrEqual(tolerance);
    },
  );
});

describe("scales as Pillow's bilinear filter with antialiasing", () => {
  test.each(golden.squares.sizes)('60 × 75 to $imageSize, $canvas', async ({ imageSize, canvas, rgb }) => {
    const square = await squareOf(await decode(bytes(golden.squares.file), 'scan'), {
      version: 2,
      imageSize,
      canvas,
      crop: 'none',
      window: 'file',
    });
    expect(square).toHaveLength(imageSize * imageSize * 3);
    const grey = bytes(rgb);
    for (let channel = 0; channel < 3; channel += 1) {
      const plane = square.filter((_, index) => index % 3 === channel);
      // When enlarging, libvips shifts pixels by half a pixel right and down; between neighbours it agrees.
      const at = imageSize > 75 ? betweenNeighbours(plane, imageSize) : plane;
      // When shrinking, it uses integer factors first; and borders of `pad` may be half a pixel off.
      expect(meanDifference(at, grey)).toBeLessThan(canvas === 'pad' ? 2 : 0.7);
      if (canvas === 'stretch') expect(largestDifference(at, grey)).toBeLessThanOrEqual(6);
    }
  });

  test('many at once as one at a time', async () => {
    const scan = bytes(golden.squares.file);
    const path = { version: 2, imageSize: 40, canvas: 'stretch', crop: 'none', window: 'file' } as const;
    const squared = async () => squareOf(await decode(scan, 'scan'), path);
    const alone = await squared();
    const together = await Promise.all(Array.from({ length: 30 }, squared));
    expect(together.every((square) => Buffer.compare(square, alone) === 0)).toBe(true);
  });
});

/** The mean of each pixel, its right neighbour, the one below and the one between; the last ones by themselves. */
function betweenNeighbours(plane: Uint8Array, side: number): Uint8Array {
  const at = (x: number, y: number) => plane[Math.min(y, side - 1) * side + Math.min(x, side - 1)]!;
  return plane.map((_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    return Math.round((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4);
  });
}

/** Noise, the same every time, so that truncation always loses something. */
const noise = randomFrom(1, 'noise');
const picture = sharp(Buffer.from(Array.from({ length: 40 * 30 * 3 }, () => 256 * noise())), {
  raw: { width: 40, height: 30, channels: 3 },
});
const [jpeg, png] = await Promise.all([picture.clone().jpeg().toBuffer(), picture.clone().png().toBuffer()]);

describe('passes what does no harm', () => {
  test('stray bytes between the segments of a JPEG header', async () => {
    const end = 4 + jpeg.readUInt16BE(4); // of the first segment
    const stray = Buffer.concat([jpeg.subarray(0, end), Buffer.from([0, 0xff, 0, 1, 2]), jpeg.subarray(end)]);
    expect((await decode(stray, 'a')).pixels).toEqual((await decode(jpeg, 'a')).pixels);
  });

  test('bytes after the end', async () => {
    const more = Buffer.concat([jpeg, Buffer.from('and more')]);
    expect((await decode(more, 'a')).pixels).toEqual((await decode(jpeg, 'a')).pixels);
  });
});

/** A PNG that claims to have this many pixels, with 1 row of data. */
function pngOf(width: number, height: number): Buffer {
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(width, 16);
  bomb.writeUInt32BE(height, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  return bomb;
}

describe('refuses, saying what the matter is', () => {
  const flipped = Buffer.from(png);
  flipped[flipped.length - 100]! ^= 0x55;
  const dicom = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(50)]);
  const cases: [string, Buffer, string, RegExp][] = [
    ['an empty file', Buffer.alloc(0), 'unreadable-file', /"scan\.png" is empty/],
    [
      'text',
      Buffer.from('patient,age\nähm,54\n'),
      'unsupported-format',
      /"scan\.png" is not an image that Falx can read: it holds text\. Falx reads JPEG/,
    ],
    ['zeros', Buffer.alloc(500), 'unsupported-format', /data of a kind Falx does not know/],
    ['DICOM', dicom, 'unsupported-format', /it holds a DICOM file/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'unsupported-format', /it holds a PDF document/],
    [
      'SVG, which sharp alone would draw',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'unsupported-format',
      /it holds text/,
    ],
    [
      'a JPEG cut in half',
      jpeg.subarray(0, jpeg.length / 2),
      'unreadable-file',
      /JPEG file is damaged.*premature end/,
    ],
    [
      'a JPEG without its last tenth',
      jpeg.subarray(0, 0.9 * jpeg.length),
      'unreadable-file',
      /JPEG file is damaged/,
    ],
    ['a JPEG of 3 bytes', jpeg.subarray(0, 3), 'unreadable-file', /JPEG file is damaged/],
    ['a PNG cut in half', png.subarray(0, png.length / 2), 'unreadable-file', /PNG file is damaged/],
    ['a PNG with one byte changed', flipped, 'unreadable-file', /PNG file is damaged/],
    [
      'a PNG that says it is enormous',
      pngOf(60_000, 60_000),
      'too-large',
      /60000 × 60000 pixels.*100 million/,
    ],
    [
      'a BMP header alone',
      Buffer.from('BM'),
      'unreadable-file',
      /BMP file is damaged.*ends within its header/,
    ],
    ['a GIF header alone', Buffer.from('GIF89a'), 'unreadable-file', /GIF file is damaged/],
    ['a TIFF header alone', Buffer.from('II*\0\x08\0\0\0'), 'unreadable-file', /TIFF file is damaged/],
    ['a WebP header alone', Buffer.from('RIFF\x04\0\0\0WEBP'), 'unreadable-file', /WebP file is damaged/],
  ];
  test.each(cases)('%s', async (_, input, code, message) => {
    const error = await decode(input, 'scan.png').then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ name: 'FalxError', code, message: expect.stringMatching(message) });
    expect(error).toHaveProperty('facts.file', 'scan.png');
    expect(briefly(error as FalxError)).toMatch(/^[A-Z].*[.\]]$/);
  });
});

test('a library’s error about a file is distinguished from Falx’s own finding: it may have lacked memory, and is tried once more', async () => {
  const factsOf = (input: Buffer) => decode(input, 'scan').catch(({ facts }: FalxError) => facts);
  const isAskedAgain = async (input: Buffer) =>
    isByLibrary((await factsOf(input)) as unknown as Record<string, unknown>);
  expect(await isAskedAgain(jpeg.subarray(0, jpeg.length / 2))).toBe(true);
  // Detected by a checksum, or the missing end.
  expect(await isAskedAgain(png.subarray(0, png.length / 2))).toBe(false);
  expect(await isAskedAgain(Buffer.from('BM'))).toBe(false);
  expect(await isAskedAgain(Buffer.alloc(500))).toBe(false);
});

test('each decoder of Falx’s own has its test', () => {
  const own = pictureFormats.filter((name) => 'own' in decoders[name]);
  const untested = own.map((name) => `test/images/${name}.test.ts`).filter((file) => !existsSync(file));
  expect(untested, 'write these').toEqual([]);
});
