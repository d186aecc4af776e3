import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alterations, strengths } from '../../src-main/contract/studies.ts';
import {
  altered,
  biasField,
  blurred,
  coarser,
  gammaOf,
  moved,
  strengthTable,
} from '../../src-main/images/alter.ts';

/** Made by test/goldens/alter.py with TorchIO. */
const golden = JSON.parse(readFileSync(new URL('../goldens/alter.json', import.meta.url), 'utf8')) as {
  side: number;
  picture: number[];
  coefficients: number[];
  biasField: number[];
  blur: { deviation: number; values: number[] };
  gamma: { exponent: number; values: number[] };
  motion: {
    movements: { degrees: number; row: number; column: number }[];
    times: number[];
    values: number[];
  };
};
const { side } = golden;
const picture = Float64Array.from(golden.picture);

function close(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(2e-4);
}

describe('as TorchIO alters one slice', () => {
  test('its bias field is the exponential of the same polynomial', () => {
    close(biasField(side, golden.coefficients), golden.biasField);
  });

  test('its blur is the same Gaussian, at the edges too', () => {
    close(blurred(picture, side, golden.blur.deviation), golden.blur.values);
  });

  test('its gamma bends levels alike', () => {
    close(
      picture.map((value) => gammaOf(value, golden.gamma.exponent)),
      golden.gamma.values,
    );
  });

  test('its motion puts the same lines of k-space together; it turns about the first voxel, rows counted upwards', () => {
    const { movements, times, values } = golden.motion;
    const same = movements.map(({ degrees, row, column }) => ({ degrees, x: column, y: -row }));
    close(moved(picture, side, same, times, 0), values);
  });
});

test('a coarser picture is the mean of areas: nothing changes where there is nothing to lose', () => {
  close(
    coarser(
      picture.map(() => 77),
      side,
      5,
    ),
    picture.reduce<number[]>((all) => [...all, 77], []),
  );
  const halves = Float64Array.from({ length: 16 }, (_, i) => i);
  // The means of 2 × 2 blocks of 4 × 4: 2.5, 4.5, 10.5, 12.5; in the corners they are unchanged.
  const found = coarser(halves, 4, 2);
  expect([found[0], found[3], found[12], found[15]]).toEqual([2.5, 4.5, 10.5, 12.5]);
});

test('each strength changes a scan more than the one before; the same seed gives the same', () => {
  // Rings, bright inside and dark outside, with the side of a small network.
  const size = 112;
  const pixels = new Uint8Array(size * size * 3).map((_, i) => {
    const [x, y] = [(Math.floor(i / 3) % size) - 53, Math.floor(i / 3 / size) - 58];
    const radius = Math.hypot(x, y);
    return radius < 44 ? 130 + 60 * Math.sin(radius / 3) + (x > 0 ? 20 : 0) : 5;
  });
  for (const by of alterations) {
    const changes = strengths.map((strength) => {
      const one = altered(pixels, size, by, strength, 5);
      expect(Buffer.compare(altered(pixels, size, by, strength, 5), one)).toBe(0);
      // Grey remains grey.
      expect(
        one.every((value, i) => value === one[i - (i % 3)]),
        by,
      ).toBe(true);
      return one.reduce((sum, value, i) => sum + Math.abs(value - pixels[i]!), 0) / one.length;
    });
    expect(changes[0], by).toBeGreaterThan(0);
    expect(changes, by).toEqual(changes.toSorted((a, b) => a - b));
    expect(strengthTable[by]).toHaveLength(5);
  }
});
