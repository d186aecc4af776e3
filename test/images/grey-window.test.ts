import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { decode } from '../../src-main/images/decode.ts';
import { greyPixels, percentileWindow } from '../../src-main/images/window.ts';

/** NumPy's `percentile(values[values > values.min()], [0.5, 99.5])`, by sorting. */
function bySorting(values: ArrayLike<number>): { low: number; high: number } {
  const finite = Array.from(values).filter(Number.isFinite);
  const least = Math.min(...finite);
  const above = finite.filter((value) => value > least).sort((one, other) => one - other);
  const at = (share: number) => {
    const place = share * (above.length - 1);
    const [before, after] = [above[Math.floor(place)]!, above[Math.ceil(place)]!];
    return before + (after - before) * (place % 1);
  };
  return { low: at(0.005), high: at(0.995) };
}

const random = randomFrom(3, 'window');
const many = (value: (index: number) => number, count = 5000) =>
  Array.from({ length: count }, (_, index) => value(index));

describe('percentiles', () => {
  const cases: [string, ArrayLike<number>][] = [
    ['of integers, most of them background', new Int16Array(many((i) => (i % 3 ? 0 : random() * 900)))],
    ['of fractions', Float64Array.from(many(() => random() ** 4 * 1e-3 - 5))],
    ['with one value far beyond all others', Float64Array.from(many((i) => (i === 77 ? 1e30 : random())))],
    ['of the whole range of numbers', Float64Array.from(many(() => (random() - 0.5) * 2 * 1.7e308))],
    ['with some that are no numbers', Float32Array.from(many((i) => (i % 5 ? random() : NaN)))],
    ['of few values', [1, 2, 3, 4]],
  ];
  test.each(cases)('%s are those that sorting gives', (_, values) => {
    const { low, high } = percentileWindow(values);
    const expected = bySorting(values);
    const rounding = 1e-12 * Math.max(Math.abs(expected.low), Math.abs(expected.high));
    expect(Math.abs(low - expected.low)).toBeLessThanOrEqual(rounding);
    expect(Math.abs(high - expected.high)).toBeLessThanOrEqual(rounding);
  });

  test('of two values, or one, or none are the range', () => {
    expect(percentileWindow([3, 3, 7, 7])).toEqual({ low: 3, high: 7 });
    expect(percentileWindow([3, 3])).toEqual({ low: 3, high: 3 });
    expect(percentileWindow([NaN])).toEqual({ low: 0, high: 0 });
  });
});

test('grey is cut off outside its window, and is black where there is no number', () => {
  const pixels = greyPixels([-5, 0, 40, 100, 1e9, NaN], { low: 0, high: 100 });
  expect([...pixels].filter((_, index) => index % 3 === 0)).toEqual([0, 0, 102, 255, 255, 0]);
  expect([...greyPixels([4, 5], { low: 5, high: 5 })]).toEqual([0, 0, 0, 0, 0, 0]);
});

describe('a picture of 16 bits', () => {
  // Levels 0 to 1000 of 65535, mostly black, as scanners export.
  const values = new Uint16Array(64 * 64).map((_, index) => (index % 64 < 32 ? 0 : (index * 7919) % 1001));
  const deep = () =>
    sharp(values, { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();

  test('is as its bits say, or between its percentiles if asked', async () => {
    const input = await deep();
    const file = await decode(input, 'scan');
    const percentiles = await decode(input, 'scan', 'percentiles');
    const { low, high } = bySorting(values);
    values.forEach((value, index) => {
      expect(file.pixels[3 * index]).toBe(Math.round((value * 255) / 1023));
      const level = Math.round(Math.max(0, Math.min(255, ((value - low) * 255) / (high - low))));
      expect(Math.abs(percentiles.pixels[3 * index]! - level)).toBeLessThanOrEqual(1);
    });
  });

  test('of 8 bits is unchanged', async () => {
    const input = await sharp(await deep())
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(input).metadata()).depth).toBe('uchar');
    const [file, percentiles] = [await decode(input, 'scan'), await decode(input, 'scan', 'percentiles')];
    expect(Buffer.compare(percentiles.pixels, file.pixels)).toBe(0);
  });
});
