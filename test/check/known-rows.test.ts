import { describe, expect, test } from 'vitest';
import { KnownDirections, KnownPlaces } from '../../src-main/check/known-rows.ts';
import { unitRows, type Rows } from '../../src-main/statistics/outliers.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';

const random = randomFrom(3, 'rows');
const rows = (count: number, channels: number): Rows => ({
  values: Float32Array.from({ length: count * channels }, () => random() - 0.4),
  channels,
});
const listed = ({ values, channels }: Rows): number[][] =>
  Array.from({ length: values.length / channels }, (_, at) => [
    ...values.subarray(at * channels, (at + 1) * channels),
  ]);

describe('known rows', () => {
  test.each([
    [50, 7, 1, 1],
    [50, 7, 5, 3],
    [3, 7, 5, 4],
    [600, 1280, 5, 16],
    [211, 1024, 5, 9],
    [40, 2050, 2, 5],
  ])(
    'of %d, each of %d numbers: number %d of the nearest directions, of %d rows at once',
    (count, channels, k, asked) => {
      const [known, others] = [rows(count, channels), rows(asked, channels)];
      const directions = new KnownDirections(unitRows(known));
      const length = (row: readonly number[]) =>
        Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      const cosine = (a: readonly number[], b: readonly number[]) =>
        a.reduce((sum, value, i) => sum + value * b[i]!, 0) / length(a) / length(b);
      const expected = listed(others).map((row) => {
        const cosines = listed(known)
          .map((other) => cosine(row, other))
          .sort((a, b) => b - a);
        return 1 - cosines[Math.min(k, count) - 1]!;
      });
      const found = directions.distances(unitRows(others), k);
      found.forEach((distance, i) => expect(distance).toBeCloseTo(expected[i]!, 5));
      expect(directions.distances(unitRows(others), k)).toEqual(found);
    },
  );

  test('each of its least squared distance to any of the others, in whatever order numbers are compared, up to the limit', () => {
    const [known, channels] = [rows(300, 21), 21];
    const order = Uint8Array.from({ length: channels }, (_, i) => (i * 8) % channels);
    const places = new KnownPlaces(known, order);
    const all: number[] = [];
    for (const count of [1, 4, 6, 51]) {
      const others = rows(count, channels);
      const limit = 1.6;
      const expected = listed(known).map((row) =>
        Math.min(
          limit,
          ...listed(others).map((other) => row.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0)),
        ),
      );
      all.push(...expected);
      const found = places.nearest(
        listed(others).map((row) => Float32Array.from(row)),
        limit,
      );
      expected.forEach((distance, i) => expect(found[i]).toBeCloseTo(distance, 5));
    }
    expect(all).toContain(1.6);
    expect(all.filter((distance) => distance < 1.6).length).toBeGreaterThan(50);
  });
});
