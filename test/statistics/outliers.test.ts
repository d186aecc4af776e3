import { describe, expect, test } from 'vitest';
import { lookAt } from '../../src-main/evaluate/looks.ts';
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

  test('leaves no more than the share beyond it, the new one counted', () => {
    // 99 values and the new one: at 5 %, the 95th.
    expect(limitOf(upTo(99), 0.05)).toBe(95);
    expect(limitOf(upTo(99), 0.01)).toBe(99);
    expect(shareBeyond(upTo(99), 95)).toBeCloseTo(4 / 99, 12);
  });

  test('of too few lies beyond all of them, and of next to none there is no limit', () => {
    const values = upTo(10);
    expect(limitOf(values, 0.01)).toBeGreaterThan(10);
    expect(limitOf(upTo(4), 0.05)).toBe(Infinity);
    expect(shareBeyond([], 1)).toBeNull();
  });

  test('counts a group once, however many scans it has', () => {
    const crowd = Array.from({ length: 500 }, () => ({ value: 1000, weight: 1 / 500 }));
    expect(limitOf([...upTo(98), ...crowd], 0.05)).toBe(95);
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
    expect(lookAt(red, side).coloured).toBeCloseTo(0.25, 12);
    expect(lookAt(disc, side)).toMatchObject({ coloured: 0, border: 0 });
    const soft = picture((x, y) => grey(200 / (1 + Math.exp((Math.hypot(x - 15.5, y - 15.5) - 10) / 3))));
    expect(lookAt(soft, side).sharpness).toBeLessThan(lookAt(disc, side).sharpness / 2);
    const cut = picture((x, y) => grey(Math.hypot(x, y - 15.5) < 12 ? 200 : 0));
    expect(lookAt(cut, side).border).toBeGreaterThan(0.1);
    expect(
      lookAt(
        picture(() => grey(200)),
        side,
      ).border,
    ).toBe(1);
  });

  test('of an empty picture is made of numbers', () => {
    const { measures, ...rest } = lookAt(new Uint8Array(side * side * 3), side);
    for (const value of [...measures, ...Object.values(rest)]) expect(Number.isFinite(value)).toBe(true);
  });
});
