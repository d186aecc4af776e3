import { describe, expect, test } from 'vitest';
import { decodeBmp } from '../../src-main/images/bmp.ts';
import { Damage } from '../../src-main/images/image-refusals.ts';

interface Parts {
  /** Bytes of the header after the file's own 14. */
  header: 12 | 40 | 108 | 124;
  width: number;
  height: number;
  bits: number;
  compression?: number;
  /** Red, green, blue, alpha; after a 40-byte header the first three only. */
  masks?: number[];
  /** Blue, green, red each. */
  palette?: [number, number, number][];
  data: number[];
}

/** A bitmap file, field by field as Microsoft's documentation lists them. */
function bmp({
  header,
  width,
  height,
  bits,
  compression = 0,
  masks = [],
  palette = [],
  data,
}: Parts): Buffer {
  const info = Buffer.alloc(header);
  info.writeUInt32LE(header, 0);
  if (header === 12) {
    info.writeUInt16LE(width, 4);
    info.writeUInt16LE(height, 6);
    info.writeUInt16LE(1, 8);
    info.writeUInt16LE(bits, 10);
  } else {
    info.writeInt32LE(width, 4);
    info.writeInt32LE(height, 8);
    info.writeUInt16LE(1, 12);
    info.writeUInt16LE(bits, 14);
    info.writeUInt32LE(compression, 16);
    info.writeUInt32LE(palette.length, 32);
    if (header > 40) masks.forEach((mask, index) => info.writeUInt32LE(mask >>> 0, 40 + 4 * index));
  }
  const after = Buffer.alloc(header === 40 ? 4 * masks.length : 0);
  if (header === 40) masks.forEach((mask, index) => after.writeUInt32LE(mask >>> 0, 4 * index));
  const colours = Buffer.from(palette.flatMap((colour) => (header === 12 ? colour : [...colour, 0])));
  const start = Buffer.alloc(14);
  start.write('BM');
  start.writeUInt32LE(14 + header + after.length + colours.length, 10);
  return Buffer.concat([start, info, after, colours, Buffer.from(data)]);
}

/** Pixels as rows of [red, green, blue]. */
function rows(file: Buffer): number[][][] {
  const { width, height, pixels } = decodeBmp(file, 'test.bmp');
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => [
      ...pixels.subarray((row * width + column) * 3).subarray(0, 3),
    ]),
  );
}

const black: [number, number, number] = [0, 0, 0];
const white: [number, number, number] = [255, 255, 255];
const blue: [number, number, number] = [255, 0, 0]; // as stored
const red: [number, number, number] = [0, 0, 255];
const [BLACK, WHITE, BLUE, RED] = [black, white, [0, 0, 255], [255, 0, 0]];

describe('reads', () => {
  test('24 bits, bottom row first, each row padded to 4 bytes', () => {
    const file = bmp({ header: 40, width: 1, height: 2, bits: 24, data: [1, 2, 3, 0, 4, 5, 6, 0] });
    expect(rows(file)).toEqual([[[6, 5, 4]], [[3, 2, 1]]]);
  });

  test('a negative height as top row first', () => {
    const file = bmp({ header: 40, width: 1, height: -2, bits: 24, data: [1, 2, 3, 0, 4, 5, 6, 0] });
    expect(rows(file)).toEqual([[[3, 2, 1]], [[6, 5, 4]]]);
  });

  test('a last row without its padding', () => {
    const file = bmp({ header: 40, width: 1, height: 2, bits: 24, data: [1, 2, 3, 0, 4, 5, 6] });
    expect(rows(file)).toEqual([[[6, 5, 4]], [[3, 2, 1]]]);
  });

  test('4 bits with a palette, the high half first', () => {
    const palette = [black, white, blue, red];
    const file = bmp({ header: 40, width: 3, height: 1, bits: 4, palette, data: [0x12, 0x30, 0, 0] });
    expect(rows(file)).toEqual([[WHITE, BLUE, RED]]);
  });

  test('1 bit of OS/2, whose palette has 3 bytes a colour', () => {
    const file = bmp({
      header: 12,
      width: 4,
      height: 1,
      bits: 1,
      palette: [red, white],
      data: [0b01100000, 0, 0, 0],
    });
    expect(rows(file)).toEqual([[RED, WHITE, WHITE, RED]]);
  });

  test('an index beyond the palette as black', () => {
    const file = bmp({ header: 40, width: 2, height: 1, bits: 8, palette: [white], data: [0, 9, 0, 0] });
    expect(rows(file)).toEqual([[WHITE, BLACK]]);
  });

  test('16 bits as 5-5-5', () => {
    // 10000 01000 00001: 16, 8 and 1 of 31 → 16 × 255 / 31 = 131.6, 65.8, 8.2
    const file = bmp({ header: 40, width: 1, height: 1, bits: 16, data: [0b00000001, 0b01000001, 0, 0] });
    expect(rows(file)).toEqual([[[132, 66, 8]]]);
  });

  test('16 bits as 5-6-5 by masks after the header', () => {
    // 10000 010000 00001: 16 of 31, 16 of 63 → 64.8, 1 of 31
    const masks = [0xf800, 0x07e0, 0x001f];
    const data = [0b00000001, 0b10000010, 0, 0];
    expect(rows(bmp({ header: 40, width: 1, height: 1, bits: 16, compression: 3, masks, data }))).toEqual([
      [[132, 65, 8]],
    ]);
  });

  test('32 bits in any order of channels, the highest bit too', () => {
    const masks = [0xff000000, 0x00ff0000, 0x0000ff00];
    const data = [9, 30, 20, 200];
    expect(rows(bmp({ header: 40, width: 1, height: 1, bits: 32, compression: 3, masks, data }))).toEqual([
      [[200, 20, 30]],
    ]);
  });

  test('alpha, flattened on black', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const data = [30, 20, 200, 128, 30, 20, 200, 255]; // 200 × 128 / 255 = 100.4
    expect(rows(bmp({ header: 124, width: 2, height: 1, bits: 32, compression: 3, masks, data }))).toEqual([
      [
        [100, 10, 15],
        [200, 20, 30],
      ],
    ]);
  });

  test('alpha that is 0 everywhere as unset', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const data = [30, 20, 200, 0];
    expect(rows(bmp({ header: 108, width: 1, height: 1, bits: 32, compression: 3, masks, data }))).toEqual([
      [[200, 20, 30]],
    ]);
  });

  test('32 bits without masks as padded 24', () => {
    expect(rows(bmp({ header: 40, width: 1, height: 1, bits: 32, data: [30, 20, 200, 0] }))).toEqual([
      [[200, 20, 30]],
    ]);
  });

  const palette = [black, white, blue, red];
  test('runs of 8 bits: a run, as they are with padding, a skip, the end of a row and of the picture', () => {
    const data = [2, 1, 0, 3, 2, 3, 1, 0, 0, 0 /* row 2 from below: */, 0, 2, 1, 1, 1, 3, 0, 1];
    const file = bmp({ header: 40, width: 5, height: 3, bits: 8, compression: 1, palette, data });
    expect(rows(file)).toEqual([
      [BLACK, RED, BLACK, BLACK, BLACK],
      [BLACK, BLACK, BLACK, BLACK, BLACK],
      [WHITE, WHITE, BLUE, RED, WHITE],
    ]);
  });

  test('runs of 4 bits, two colours in turn', () => {
    const data = [3, 0x12, 0, 3, 0x31, 0x20, 0, 1];
    const file = bmp({ header: 40, width: 6, height: 1, bits: 4, compression: 2, palette, data });
    expect(rows(file)).toEqual([[WHITE, BLUE, WHITE, RED, WHITE, BLUE]]);
  });

  test('a run past the end of its row up to there', () => {
    const file = bmp({
      header: 40,
      width: 2,
      height: 1,
      bits: 8,
      compression: 1,
      palette,
      data: [200, 3, 0, 1],
    });
    expect(rows(file)).toEqual([[RED, RED]]);
  });
});

describe('refuses', () => {
  const plain: Parts = { header: 40, width: 2, height: 2, bits: 24, data: Array<number>(16).fill(0) };
  const moved = bmp(plain);
  moved.writeUInt32LE(5000, 10);
  const colours = bmp({ ...plain, bits: 8, palette: [black] });
  colours.writeUInt32LE(0x12345678, 46);
  const cases: [string, Buffer, RegExp][] = [
    ['no width', bmp({ ...plain, width: 0 }), /0 × 2 pixels/],
    ['a negative width', bmp({ ...plain, width: -2 }), /-2 × 2 pixels/],
    ['5 bits', bmp({ ...plain, bits: 5 }), /5 bits per pixel/],
    ['runs of 24 bits', bmp({ ...plain, compression: 1 }), /compression 1 does not go with 24 bits/],
    ['a JPEG inside', bmp({ ...plain, compression: 4 }), /wraps a JPEG/],
    ['pixels beyond the end', moved, /outside it/],
    ['a palette beyond the end', colours, /305,419,896 colours/],
    ['missing pixels', bmp({ ...plain, data: Array<number>(13).fill(0) }), /cut short by 1 byte$/],
    [
      'runs that stop',
      bmp({ ...plain, bits: 8, compression: 1, data: [2, 1, 0] }),
      /cut short in row 1 of 2/,
    ],
    ['half a header', bmp(plain).subarray(0, 30), /ends within its header/],
    [
      'masks beyond the end',
      bmp({ ...plain, bits: 32, compression: 3, data: [] }),
      /outside it|within its header/,
    ],
  ];
  test.each(cases)('%s', (_, file, message) => {
    expect(() => decodeBmp(file, 'test.bmp')).toThrow(message);
    expect(() => decodeBmp(file, 'test.bmp')).toThrow(Damage);
  });

  test('sizes that no memory holds, before taking any', () => {
    const width = 2 ** 31 - 1;
    const before = process.memoryUsage().arrayBuffers;
    for (const compression of [0, 1]) {
      const file = bmp({ ...plain, bits: 8, compression, width, height: width, palette: [black] });
      expect(() => decodeBmp(file, 'test.bmp')).toThrow(expect.objectContaining({ code: 'too-large' }));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  test('or reads any 54 bytes of header without any other error', () => {
    // Every header field set to every extreme in turn.
    for (let at = 2; at < 54; at += 2) {
      for (const value of [0, 1, 2, 0x7fff, 0x8000, 0xffff]) {
        const file = bmp({ ...plain, bits: 8, palette: [black, white] });
        file.writeUInt16LE(value, at);
        try {
          decodeBmp(file, 'test.bmp');
        } catch (error) {
          expect(error instanceof Damage || (error as { code?: string }).code === 'too-large').toBe(true);
        }
      }
    }
  });
});
