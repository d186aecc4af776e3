import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../src-main/graph/graph.ts';
import { identity, placeholder } from '../../src-main/graph/operations.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { augment } from '../../src-main/train/augment.ts';
import { dropout } from '../../src-main/train/model.ts';
import { Calculator, canRun } from '../graph/calculator.ts';
import { type Augmentation, noAugmentation } from '../../src-main/contract/settings.ts';
import type { Tensor } from '../../src-main/graph/graph.ts';

const count = 32;
const side = 33;
const size = side * side * 3;

/** The same picture at every position of the batch. */
function filled(pixel: (x: number, y: number, channel: number) => number): Float32Array {
  const one = Float32Array.from({ length: size }, (_, i) => {
    const at = Math.floor(i / 3);
    return pixel(at % side, Math.floor(at / side), i % 3);
  });
  return Float32Array.from({ length: count * size }, (_, i) => one[i % size]!);
}
const random = randomFrom(3, 'augment');
const noise = filled(() => Math.floor(256 * random()));
/** A soft spot ten pixels right of the centre. */
const spot = filled((x, y) => 250 * Math.exp(-((x - 26) ** 2 + (y - 16) ** 2) / 8));
const grey = filled(() => 100);

describe.skipIf(!canRun)('augmentation', () => {
  const graph = new Graph();
  const images = placeholder(graph, 'images', 'float32', [count, side, side, 3]);
  const seed = placeholder(graph, 'seed', 'int32', [2]);
  const lay = (name: string, settings: Partial<Augmentation>) =>
    graph.scope(name, () => identity(augment(images, { ...noAugmentation, ...settings }, seed)));
  const made = {
    nothing: lay('nothing', {}),
    mirrored: lay('mirrored', { flipHorizontal: true }),
    upsideDown: lay('upsideDown', { flipVertical: true }),
    turned: lay('turned', { rotation: 40 }),
    shifted: lay('shifted', { shift: 0.15 }),
    zoomed: lay('zoomed', { zoom: 0.2 }),
    brighter: lay('brighter', { brightness: 0.2 }),
    contrasted: lay('contrasted', { contrast: 0.3 }),
    everything: lay('everything', {
      flipHorizontal: true,
      flipVertical: true,
      rotation: 180,
      shift: 0.5,
      zoom: 0.5,
      brightness: 1,
      contrast: 1,
    }),
  };
  const features = placeholder(graph, 'features', 'float32', [64, 50]);
  const dropped = dropout(features, 0.4, seed);

  let calculator: Calculator;
  beforeAll(() => void (calculator = new Calculator(graph)));
  afterAll(() => calculator.close());

  /** The batch's pictures, changed. */
  function change(
    wanted: Tensor,
    pictures: Float32Array,
    seedPair: readonly number[] = [1, 2],
  ): Float32Array[] {
    const used = wanted === made.nothing ? [] : [[seed, seedPair] as const];
    const all = calculator.run([[images, pictures], ...used], [wanted])[0]!;
    return Array.from({ length: count }, (_, i) => all.subarray(i * size, (i + 1) * size));
  }

  /** A picture's centre of mass, relative to its centre. */
  function middleOf(picture: Float32Array): { x: number; y: number } {
    const sums = { light: 0, x: 0, y: 0 };
    for (let i = 0; i < picture.length; i += 3) {
      sums.light += picture[i]!;
      sums.x += picture[i]! * (((i / 3) % side) - 16);
      sums.y += picture[i]! * (Math.floor(i / 3 / side) - 16);
    }
    return { x: sums.x / sums.light, y: sums.y / sums.light };
  }
  const smallest = (numbers: readonly number[]) => Math.min(...numbers);
  const largest = (numbers: readonly number[]) => Math.max(...numbers);

  test('that is off changes nothing', () => {
    expect(change(made.nothing, noise)).toEqual(Array(count).fill(noise.subarray(0, size)));
  });

  test.each([
    ['mirrored', (x: number, y: number) => [side - 1 - x, y] as const],
    ['upsideDown', (x: number, y: number) => [x, side - 1 - y] as const],
  ] as const)('%s leaves a picture or turns it over exactly, both about equally often', (name, from) => {
    const as = noise.subarray(0, size);
    const over = as.map((_, i) => {
      const at = Math.floor(i / 3);
      const [x, y] = from(at % side, Math.floor(at / side));
      return as[3 * (y * side + x) + (i % 3)]!;
    });
    const same = (a: Float32Array, b: Float32Array) => a.every((value, i) => Math.abs(value - b[i]!) < 1e-3);
    const found = change(made[name], noise);
    const kept = found.filter((picture) => same(picture, as)).length;
    const turned = found.filter((picture) => same(picture, over)).length;
    expect(kept + turned).toBe(count);
    expect(kept).toBeGreaterThan(count / 4);
    expect(turned).toBeGreaterThan(count / 4);
  });

  test('depends on the seed alone', () => {
    const first = change(made.everything, noise, [5, 9]);
    expect(change(made.everything, noise, [5, 9])).toEqual(first);
    expect(change(made.everything, noise, [5, 10])).not.toEqual(first);
    expect(change(made.everything, noise, [6, 9])).not.toEqual(first);
  });

  test('never leaves 0 … 255', () => {
    const all = change(made.everything, noise).flatMap((picture) => [...picture]);
    expect(all.reduce((a, b) => Math.min(a, b))).toBe(0);
    expect(all.reduce((a, b) => Math.max(a, b))).toBe(255);
  });

  test('rotates about the centre in both directions, within the limit', () => {
    const middles = change(made.turned, spot).map(middleOf);
    const angles = middles.map(({ x, y }) => (Math.atan2(y, x) * 180) / Math.PI);
    for (const { x, y } of middles) expect(Math.hypot(x, y)).toBeCloseTo(10, 0);
    expect(largest(angles.map(Math.abs))).toBeLessThan(41);
    expect(largest(angles)).toBeGreaterThan(15);
    expect(smallest(angles)).toBeLessThan(-15);
  });

  test('shifts along both axes in both directions, within the limit', () => {
    const middles = change(made.shifted, spot).map(middleOf);
    for (const shifts of [middles.map(({ x }) => x - 10), middles.map(({ y }) => y)]) {
      // 0.15 of 33 pixels; a spot near the edge loses some of its intensity.
      expect(largest(shifts.map(Math.abs))).toBeLessThan(0.15 * side + 0.3);
      expect(largest(shifts)).toBeGreaterThan(1.5);
      expect(smallest(shifts)).toBeLessThan(-1.5);
    }
  });

  test('zooms about the centre, in and out, within the limit', () => {
    const middles = change(made.zoomed, spot).map(middleOf);
    for (const { y } of middles) expect(y).toBeCloseTo(0, 1);
    const distances = middles.map(({ x }) => x);
    expect(smallest(distances)).toBeGreaterThan(10 / 1.2 - 0.2);
    expect(largest(distances)).toBeLessThan(10 / 0.8 + 0.2);
    expect(smallest(distances)).toBeLessThan(9.5);
    expect(largest(distances)).toBeGreaterThan(10.5);
  });

  test('brightens and darkens whole pictures, no further than asked', () => {
    const found = change(made.brighter, grey);
    for (const picture of found) expect(picture.every((value) => value === picture[0])).toBe(true);
    const changes = found.map((picture) => picture[0]! - 100);
    expect(largest(changes.map(Math.abs))).toBeLessThanOrEqual(0.2 * 255);
    expect(largest(changes)).toBeGreaterThan(20);
    expect(smallest(changes)).toBeLessThan(-20);
  });

  test('stretches contrast about the mean of the picture, within the limit', () => {
    // 100 and 140 alternately: the mean is near 120 and no change reaches 0 or 255.
    const striped = filled((x) => (x % 2 === 0 ? 100 : 140));
    const mean = striped.subarray(0, size).reduce((a, b) => a + b) / size;
    const factors = change(made.contrasted, striped).map((picture) => {
      expect(picture.reduce((a, b) => a + b) / size).toBeCloseTo(mean, 2);
      return (picture[3]! - picture[0]!) / 40;
    });
    expect(smallest(factors)).toBeGreaterThan(0.7 - 1e-4);
    expect(largest(factors)).toBeLessThan(1.3 + 1e-4);
    expect(smallest(factors)).toBeLessThan(0.9);
    expect(largest(factors)).toBeGreaterThan(1.1);
  });

  describe('dropout', () => {
    const ones = Float32Array.from({ length: 64 * 50 }, () => 1);
    const drop = (seedPair: readonly number[]) =>
      calculator.run(
        [
          [features, ones],
          [seed, seedPair],
        ],
        [dropped],
      )[0]!;

    test('makes whole features 0 and raises the rest so that the mean stays', () => {
      const found = drop([1, 2]);
      const rest = Math.fround(1 / 0.6);
      expect([...new Set(found)].toSorted((a, b) => a - b)).toEqual([0, rest]);
      // Of 3200 draws with p = 0.4: the mean's standard deviation is 0.014.
      expect(found.reduce((a, b) => a + b) / found.length).toBeGreaterThan(0.94);
      expect(found.reduce((a, b) => a + b) / found.length).toBeLessThan(1.06);
    });

    test('depends on the seed alone', () => {
      expect(drop([1, 2])).toEqual(drop([1, 2]));
      expect(drop([1, 2])).not.toEqual(drop([1, 3]));
    });

    test('of nothing changes nothing', () => {
      expect(dropout(features, 0, seed)).toBe(features);
    });
  });
});
