import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Part } from '../../src-main/contract/records.ts';
import { Registry, type NewImage } from '../../src-main/registry/registry.ts';
import { shares } from '../../src-main/split/assign.ts';
import { makeSplit, type SplitOptions } from '../../src-main/split/split-handlers.ts';
import * as sample from '../registry/sample-records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-split-'));
  registry = Registry.open(home);
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

const [TUMOUR, HEALTHY] = ['Brain Tumor', 'Healthy'] as const;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** An image with bytes determined by `contents`; twins have the same. */
function image(
  className: string,
  number: number,
  contents = `${className} ${number}`,
  givenPart: Part | null = null,
): NewImage {
  return { ...sample.image(`${className}/${number}.png`, className), sha256: sha256(contents), givenPart };
}
const many = (className: string, count: number) =>
  Array.from({ length: count }, (_, number) => image(className, number));

function dataset(id: string, images: NewImage[]): string {
  registry.datasets.add(sample.dataset(id), images, []);
  return id;
}
const split = (datasetId: string, options: Partial<SplitOptions> = {}) =>
  makeSplit({ registry, datasetId, ...options });

/** File → set, according to the registry. */
function partsOf(datasetId: string, splitId: string): Map<string, Part> {
  const files = new Map(registry.images.list(datasetId).map(({ id, file }) => [id, file]));
  return new Map(registry.parts.list(splitId).map(({ imageId, part }) => [files.get(imageId)!, part]));
}

describe('a split', () => {
  test('has each class in the same proportion: 65 and 55 at 70 : 10 : 20', () => {
    dataset('ds-1', [...many(TUMOUR, 65), ...many(HEALTHY, 55)]);
    const { counts, classes } = split('ds-1');
    // 65: 45.5 + 6.5 + 13 → 45 + 6 + 13 = 64, one left: the halves tie, the training part comes first.
    // 55: 38.5 + 5.5 + 11 → 38 + 5 + 11 = 54, likewise.
    expect(classes).toEqual({
      train: { [HEALTHY]: 39, [TUMOUR]: 46 },
      validation: { [HEALTHY]: 5, [TUMOUR]: 6 },
      test: { [HEALTHY]: 11, [TUMOUR]: 13 },
    });
    expect(counts).toEqual({ train: 85, validation: 11, test: 24 });
  });

  test('is recorded whole: every image once, with its settings and its hash', () => {
    dataset('ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    const { split: made } = split('ds-1', { test: 0.3, validation: 0.2, seed: 11 });
    expect(registry.splits.get(made.id)).toEqual(made);
    expect(made).toMatchObject({
      method: 'stratified',
      seed: 11,
      testFraction: 0.3,
      validationFraction: 0.2,
    });
    const parts = partsOf('ds-1', made.id);
    expect(parts.size).toBe(20);
    const lines = registry.images
      .list('ds-1')
      .map((one) => JSON.stringify([one.sha256, one.file, parts.get(one.file)]));
    expect(made.hash).toBe(sha256([...lines.sort(), '{"by":"twins"}'].join('\n')));
  });

  test('is the same for the same seed and another for another', () => {
    dataset('ds-1', [...many(TUMOUR, 30), ...many(HEALTHY, 30)]);
    const [one, again, other] = [split('ds-1'), split('ds-1'), split('ds-1', { seed: 8 })];
    expect(again.split.hash).toBe(one.split.hash);
    expect(again.split.id).not.toBe(one.split.id);
    expect(other.split.hash).not.toBe(one.split.hash);
    expect(other.counts).toEqual(one.counts);
  });

  test('does not depend on the order of the files', () => {
    const images = [...many(TUMOUR, 30), ...many(HEALTHY, 30)];
    dataset('ds-1', images);
    dataset('ds-2', images.toReversed());
    expect(split('ds-2').split.hash).toBe(split('ds-1').split.hash);
  });

  test('draws at random: over many seeds every image is in the test part about as often', () => {
    dataset('ds-1', [...many(TUMOUR, 20), ...many(HEALTHY, 20)]);
    const times = new Map<string, number>();
    const seeds = 200;
    for (let seed = 0; seed < seeds; seed += 1) {
      for (const [file, part] of partsOf('ds-1', split('ds-1', { seed }).split.id)) {
        if (part === 'test') times.set(file, (times.get(file) ?? 0) + 1);
      }
    }
    // Binomial, n = 200, p = 0.2: mean 40, standard deviation 5.7; five of them either way.
    expect(times.size).toBe(40);
    for (const count of times.values()) expect(Math.abs(count - 40)).toBeLessThan(5 * 5.7);
  });

  test('keeps exact duplicates together, and the proportions within the largest group of them', () => {
    const groups = [5, 4, 3, 3, 2, 2, 2];
    const twins = groups.flatMap((size, group) =>
      Array.from({ length: size }, (_, number) => image(TUMOUR, 1000 + 10 * group + number, `twin ${group}`)),
    );
    dataset('ds-1', [...many(TUMOUR, 40), ...twins, ...many(HEALTHY, 60)]);
    for (let seed = 0; seed < 20; seed += 1) {
      const { split: made, classes } = split('ds-1', { seed });
      const parts = partsOf('ds-1', made.id);
      groups.forEach((size, group) => {
        const found = new Set(
          Array.from({ length: size }, (_, number) =>
            parts.get(`${TUMOUR}/${1000 + 10 * group + number}.png`),
          ),
        );
        expect(found.size).toBe(1);
      });
      // 61 tumours: 42.7 + 6.1 + 12.2 → 43, 6, 12. Single images fill what groups leave.
      expect(classes.test[TUMOUR]).toBe(12);
      expect(classes.validation[TUMOUR]).toBe(6);
    }
  });

  test('keeps the same picture together though it is in both classes', () => {
    dataset('ds-1', [
      ...many(TUMOUR, 20),
      ...many(HEALTHY, 20),
      image(TUMOUR, 90, 'both'),
      image(HEALTHY, 90, 'both'),
    ]);
    for (let seed = 0; seed < 20; seed += 1) {
      const parts = partsOf('ds-1', split('ds-1', { seed }).split.id);
      expect(parts.get(`${TUMOUR}/90.png`)).toBe(parts.get(`${HEALTHY}/90.png`));
    }
  });

  test('without a validation part has none', () => {
    dataset('ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    expect(split('ds-1', { validation: 0 }).counts).toEqual({ train: 16, validation: 0, test: 4 });
  });

  test('of a few images still has one of each class in every part', () => {
    dataset('ds-1', [...many(TUMOUR, 3), ...many(HEALTHY, 4)]);
    const { classes } = split('ds-1');
    for (const part of Object.values(classes)) expect(Math.min(...Object.values(part))).toBeGreaterThan(0);
  });
});

describe('given parts', () => {
  const given = (className: string, part: Part | null, from: number, count: number) =>
    Array.from({ length: count }, (_, number) =>
      image(className, from + number, `${className} ${from + number}`, part),
    );

  test('are kept when asked for', () => {
    const parts: [Part, number][] = [
      ['train', 6],
      ['validation', 2],
      ['test', 3],
    ];
    const images = parts.flatMap(([part, count], index) =>
      [TUMOUR, HEALTHY].flatMap((name) => given(name, part, 100 * index, count)),
    );
    dataset('ds-1', images);
    const { split: made, counts } = split('ds-1', { useGiven: true });
    expect(made.method).toBe('mended');
    expect(counts).toEqual({ train: 12, validation: 4, test: 6 });
    const found = partsOf('ds-1', made.id);
    for (const one of images) expect(found.get(one.file)).toBe(one.givenPart);
  });

  test('that are missing are drawn from the training part', () => {
    dataset(
      'ds-1',
      [TUMOUR, HEALTHY].flatMap((name) => [...given(name, 'train', 0, 16), ...given(name, 'test', 100, 4)]),
    );
    // 10 % of the 20 of each class.
    expect(split('ds-1', { useGiven: true }).counts).toEqual({ train: 28, validation: 4, test: 8 });
  });

  test('do not part twins: they go to one of the parts they came in', () => {
    const leak = [image(TUMOUR, 500, 'leak', 'train'), image(TUMOUR, 501, 'leak', 'test')];
    dataset('ds-1', [
      ...[TUMOUR, HEALTHY].flatMap((name) => [
        ...given(name, 'train', 0, 16),
        ...given(name, 'test', 100, 4),
      ]),
      ...leak,
    ]);
    const found = partsOf('ds-1', split('ds-1', { useGiven: true }).split.id);
    const parts = leak.map((one) => found.get(one.file));
    expect(['train', 'test']).toContain(parts[0]);
    expect(parts[1]).toBe(parts[0]);
  });

  test('that are not there are not made up', () => {
    dataset('ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    expect(() => split('ds-1', { useGiven: true })).toThrow(expect.objectContaining({ code: 'bad-split' }));
  });
});

describe('is refused', () => {
  test.each([
    { test: 0 },
    { test: -0.1 },
    { test: 1 },
    { test: 0.6, validation: 0.4 },
    { validation: -0.1 },
    { test: Number.NaN },
  ])('with fractions %o', (fractions) => {
    dataset('ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    expect(() => split('ds-1', fractions)).toThrow(
      expect.objectContaining({
        code: 'bad-split',
        message: expect.stringMatching(/Usual values are 0\.2 and 0\.1/),
      }),
    );
    expect(registry.splits.list()).toEqual([]);
  });

  test('when a class has too few images, naming it', () => {
    dataset('ds-1', [...many(TUMOUR, 2), ...many(HEALTHY, 40)]);
    expect(() => split('ds-1')).toThrow(
      expect.objectContaining({
        code: 'bad-split',
        message: expect.stringMatching(
          /validation set would have no image of "Brain Tumor", which has 2 in all/,
        ),
      }),
    );
  });

  test('when all images of a class are one', () => {
    const same = Array.from({ length: 10 }, (_, number) => image(TUMOUR, number, 'the same'));
    dataset('ds-1', [...same, ...many(HEALTHY, 10)]);
    expect(() => split('ds-1')).toThrow(/exact duplicates stay together/);
  });

  test('of a dataset that is not there', () => {
    expect(() => split('ds-x')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

test.each([
  [10, 0.2, 0.1, { train: 7, validation: 1, test: 2 }],
  [1200, 0.2, 0.1, { train: 840, validation: 120, test: 240 }],
  // 49.0, 7.0, 14.0 are not whole in binary
  [70, 0.2, 0.1, { train: 49, validation: 7, test: 14 }],
  // 2.1, 0.3, 0.6 → 2, 0, 0; the one left to test (0.6); validation takes one from train
  [3, 0.2, 0.1, { train: 1, validation: 1, test: 1 }],
  // 1, 0.5, 0.5 → the one left to validation, and none for test, which train cannot spare
  [2, 0.25, 0.25, { train: 1, validation: 1, test: 0 }],
  [0, 0.2, 0.1, { train: 0, validation: 0, test: 0 }],
])('the shares of %i at test %f, validation %f', (n, testShare, validation, expected) => {
  expect(shares(n, { test: testShare, validation })).toEqual(expected);
});
