import { describe, expect, test } from 'vitest';
import { appearanceOf } from '../../src-main/evaluate/appearance.ts';
import { limitOf, mahalanobis, shareBeyond, spreadOf } from '../../src-main/statistics/outliers.ts';

describe('distance', () => {
  test('of Mahalanobis is that of a covariance worked by hand', () => {
    // (±2, 0), (0, ±1): variances 2 and 0.5, nothing shared. (2, 1) lies √(4/2 + 1/0.5) = 2 away.
    const cross = [
      [2, 0],
      [-2, 0],
      [0, 1],
      [0, -1],
    ];
    expect(mahalanobis(spreadOf(cross), [2, 1])).toBeCloseTo(2, 4);
    // (2, 1), (−2, −1), (1, −1), (−1, 1): variances 2.5 and 1, covariance 0.5; shrunk by nothing, det 2.25.
    // (1, 0): √(1 / 2.25).
    const tilted = [
      [2, 1],
      [-2, -1],
      [1, -1],
      [-1, 1],
    ];
    expect(mahalanobis(spreadOf(tilted, 0), [1, 0])).toBeCloseTo(Math.sqrt(1 / 2.25), 4);
  });

  test('of what never varies is large, not infinite', () => {
    const spread = spreadOf([
      [1, 5],
      [2, 5],
      [3, 5],
    ]);
    const far = mahalanobis(spread, [2, 6]);
    expect(far).toBeGreaterThan(100);
    expect(Number.isFinite(far)).toBe(true);
  });
});

describe('a limit', () => {
  const of = (values: readonly number[]) => values.map((value) => ({ value, weight: 1 }));
  const upTo = (n: number) => of(Array.from({ length: n }, (_, i) => i + 1));

  // scipy.stats.mstats.hdquantiles of SciPy 1.16.3.
  test.each([
    [upTo(99), 0.05, 94.54997919234424],
    [upTo(99), 0.01, 98.42798455797391],
    [upTo(10), 0.01, 9.972251510606156],
    [of([3.1, 0.2, 7.7, 4.4, 1.5, 12.9, 2.2]), 0.02, 12.71298785738305],
    [of([...Array.from({ length: 98 }, (_, i) => i + 1), 1000]), 0.05, 97.64045263006193],
  ])('is SciPy’s quantile of Harrell and Davis (%#)', (values, falseAlarms, expected) => {
    expect(limitOf(values, falseAlarms)).toBeCloseTo(expected, 8);
  });

  test('of next to none there is none, nor a share beyond it', () => {
    expect(limitOf(upTo(4), 0.05)).toBe(Infinity);
    expect(shareBeyond([], 1)).toBeNull();
    expect(shareBeyond(upTo(99), 95)).toBeCloseTo(4 / 99, 12);
  });

  test('counts a group once, however many scans it has', () => {
    const crowd = Array.from({ length: 500 }, () => ({ value: 1000, weight: 1 / 500 }));
    expect(limitOf([...upTo(98), ...crowd], 0.05)).toBeCloseTo(97.64045263006193, 6);
  });
});

describe('a look', () => {
  const side = 32;
  const picture = (level: (x: number, y: number) => readonly [number, number, number]) =>
    Uint8Array.from({ length: side * side * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return level(pixel % side, Math.floor(pixel / side))[at % 3]!;
    });
  const grey = (value: number) => [value, value, value] as const;
  const disc = picture((x, y) => grey(Math.hypot(x - 15.5, y - 15.5) < 10 ? 200 : 0));

  test('tells colour, a blurred picture, and a head at the border', () => {
    const red = picture((x) => (x < 8 ? [200, 20, 20] : grey(90)));
    expect(appearanceOf(red, side).coloured).toBeCloseTo(0.25, 12);
    expect(appearanceOf(disc, side)).toMatchObject({ coloured: 0, border: 0 });
    const soft = picture((x, y) => grey(200 / (1 + Math.exp((Math.hypot(x - 15.5, y - 15.5) - 10) / 3))));
    expect(appearanceOf(soft, side).sharpness).toBeLessThan(appearanceOf(disc, side).sharpness / 2);
    const cut = picture((x, y) => grey(Math.hypot(x, y - 15.5) < 12 ? 200 : 0));
    expect(appearanceOf(cut, side).border).toBeGreaterThan(0.1);
    expect(
      appearanceOf(
        picture(() => grey(200)),
        side,
      ).border,
    ).toBe(1);
  });

  test('is nearly the same of a picture twice as large, and knows a mirrored one by nothing but its parts', () => {
    const large = (level: (x: number, y: number) => number, size: number) =>
      appearanceOf(
        Uint8Array.from({ length: size * size * 3 }, (_, at) => {
          const pixel = Math.floor(at / 3);
          return level(
            Math.floor((32 * (pixel % size)) / size),
            Math.floor((32 * Math.floor(pixel / size)) / size),
          );
        }),
        size,
      ).measures.slice(12);
    const uneven = (x: number, y: number) => (Math.hypot(x - 12, y - 15.5) < 9 ? 90 + 5 * x : 10);
    const [small, double] = [large(uneven, 64), large(uneven, 128)];
    expect(small).toHaveLength(51);
    small.forEach((value, i) => expect(double[i]).toBeCloseTo(value, 6));
    const mirrored = large((x, y) => uneven(31 - x, y), 64);
    small.slice(0, 35).forEach((value, i) => expect(mirrored[i]).toBeCloseTo(value, 6));
    const means = (from: readonly number[]) => from.slice(35);
    expect(means(mirrored)).toEqual(
      means(small).map((_, i) => means(small)[4 * Math.floor(i / 4) + 3 - (i % 4)]),
    );
  });

  test('of an empty picture is made of numbers', () => {
    const { measures, ...rest } = appearanceOf(new Uint8Array(side * side * 3), side);
    for (const value of [...measures, ...Object.values(rest)]) expect(Number.isFinite(value)).toBe(true);
  });
});
