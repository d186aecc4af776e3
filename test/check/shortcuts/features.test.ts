import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import {
  featuresIn,
  featuresOf,
  type Feature,
  type ShortcutKind,
} from '../../../src-main/check/shortcuts/features.ts';
import { message } from '../../../src-main/contract/messages/catalogue.ts';

/** RGB of 128 × 128 pixels, which no resizing changes. */
async function measured(colour: (row: number, column: number) => [number, number, number]) {
  const pixels = Uint8Array.from(
    Array.from({ length: 128 * 128 }, (_, at) => colour(Math.floor(at / 128), at % 128)).flat(),
  );
  const features = await featuresOf({ width: 128, height: 128, pixels, format: 'png', bytes: 4096 });
  return (kind: ShortcutKind, feature: Feature): number => {
    const at = featuresIn[kind].findIndex((one) => isDeepStrictEqual(one, feature));
    if (at < 0) throw new Error(`${kind} has no ${feature.code}`);
    return features[kind][at]!;
  };
}
const grey = (level: number): [number, number, number] => [level, level, level];

test('has a name for every number', async () => {
  const features = await featuresOf({
    width: 1,
    height: 1,
    pixels: Uint8Array.of(9, 9, 9),
    format: 'gif',
    bytes: 99,
  });
  for (const kind of ['file', 'border', 'histogram', 'thumbnail'] as const)
    expect(featuresIn[kind], kind).toHaveLength(features[kind].length);
});

test('measures the file', async () => {
  const of = await measured((row) => (row < 32 ? [200, 20, 20] : grey(50)));
  expect(of('file', message('featureRatio', {}))).toBe(1);
  expect(of('file', message('featureBytes', {}))).toBe(0.25); // 4096 / 128²
  expect(of('file', message('featureColoured', {}))).toBe(0.25);
  expect([
    of('file', message('featureFormat', { format: 'PNG' })),
    of('file', message('featureFormat', { format: 'JPEG' })),
  ]).toEqual([1, 0]);
});

test('counts grey levels as Pillow weighs the colours', async () => {
  const of = await measured((row) => (row < 32 ? [255, 0, 0] : grey(255)));
  // 255 × 0.299 = 76
  expect(of('histogram', message('featureGrey', { from: 72, to: 79 }))).toBe(0.25);
  expect(of('histogram', message('featureGrey', { from: 248, to: 255 }))).toBe(0.75);
});

test('sees a frame, and only in the border', async () => {
  const of = await measured((row, column) =>
    grey(Math.min(row, column, 127 - row, 127 - column) < 2 ? 255 : 20),
  );
  expect(of('border', message('featureBorder', { measure: 'step', side: 'top' }))).toBeGreaterThan(200);
  // Two lines of eight, and two pixels at both ends of the other six: (2 × 128 + 6 × 4) / 1024
  expect(of('border', message('featureBorder', { measure: 'white', side: 'left' }))).toBeCloseTo(
    280 / 1024,
    6,
  );
  expect(of('border', message('featureBorder', { measure: 'median', side: 'whole' }))).toBe(20);
});

test('leaves what lies inside the ring out of the border', async () => {
  const of = await measured((row, column) =>
    grey(Math.min(row, column, 127 - row, 127 - column) < 8 ? 10 : 20 + ((row * 37 + column * 11) % 200)),
  );
  expect(of('border', message('featureBorder', { measure: 'spread', side: 'whole' }))).toBe(0);
  expect(of('border', message('featureBorder', { measure: 'edges', side: 'bottom' }))).toBe(0);
});

test('shrinks by the mean of each block', async () => {
  const of = await measured((row, column) => grey(row < 8 && column >= 120 ? (column % 2) * 100 : 7));
  expect(of('thumbnail', message('featurePlace', { row: 1, column: 16, of: 16 }))).toBe(50);
  expect(of('thumbnail', message('featurePlace', { row: 2, column: 16, of: 16 }))).toBe(7);
});
