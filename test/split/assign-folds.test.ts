import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomFrom } from '../../src-main/statistics/random.ts';
import type { Registry } from '../../src-main/registry/registry.ts';
import { makeFolds, type FoldOptions } from '../../src-main/split/split-handlers.ts';
import { assignFolds } from '../../src-main/split/assign-folds.ts';
import { addDataset, HEALTHY, newRegistry, putTwins, TUMOUR, type ImageSpec } from '../check/dataset.ts';
import { expectWithin } from '../timed.ts';

let made: ReturnType<typeof newRegistry>;
let registry: Registry;
beforeEach(() => {
  made = newRegistry();
  registry = made.registry;
});
afterEach(() => made.remove());

const many = (
  className: string,
  count: number,
  more: (n: number) => Partial<ImageSpec> = () => ({}),
): ImageSpec[] =>
  Array.from({ length: count }, (_, n) => ({ name: `${className[0]}${n}`, className, ...more(n) }));
const folds = (options: Partial<FoldOptions> = {}) =>
  makeFolds({ registry, datasetId: 'ds-1', folds: 5, ...options });
const parts = (splitId: string) =>
  new Map(registry.parts.list(splitId).map(({ imageId, part }) => [imageId, part]));

describe('folds', () => {
  test('test each image once, part no group, and are as equal as can be', () => {
    const ids = addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 63, (n) => (n < 8 ? { contents: 'copies' } : {})),
      ...many(HEALTHY, 52),
    ]);
    const pairs = Array.from(
      { length: 9 },
      (_, n) => [ids.get(`H${3 * n}`)!, ids.get(`H${3 * n + 1}`)!] as const,
    );
    putTwins(registry, 'ds-1', [...pairs, [ids.get('H0')!, ids.get('B20')!]]);
    registry.checks.decide('ds-1', 'drop', [ids.get('H51')!]);
    const all = folds();
    expect(all.map(({ split }) => split.fold)).toEqual(
      [0, 1, 2, 3, 4].map((index) => ({ set: all[0]!.split.fold!.set, index, of: 5 })),
    );
    const tested = all.flatMap(({ split }) =>
      [...parts(split.id)].flatMap(([id, part]) => (part === 'test' ? [id] : [])),
    );
    expect(tested.sort((a, b) => a - b)).toEqual(
      [...ids.values()].filter((id) => id !== ids.get('H51')).sort((a, b) => a - b),
    );
    for (const { split, classes } of all) {
      expect(split).toMatchObject({ method: 'folds', testFraction: 0.2, validationFraction: 0.1 });
      expect(split.certificate).toMatchObject({ groupsAcross: 0, twinsAcross: 0, dropped: 1 });
      expect(registry.splits.get(split.id)).toEqual(split);
      const at = parts(split.id);
      expect(at.size).toBe(114);
      for (const [a, b] of pairs) expect(at.get(a)).toBe(at.get(b));
      // 63 and 51 in five folds: 12 or 13, 10 or 11. Validation: 6 and 5, a tenth of all.
      expect([12, 13]).toContain(classes.test[TUMOUR]);
      expect([10, 11]).toContain(classes.test[HEALTHY]);
      expect(classes.validation).toEqual({ [TUMOUR]: 6, [HEALTHY]: 5 });
    }
  });

  test('are the same for one seed, whatever the order of files, and others for another', () => {
    const told = [...many(TUMOUR, 30, (n) => ({ patient: `p${n % 13}` })), ...many(HEALTHY, 40)];
    addDataset(registry, 'ds-1', told);
    addDataset(registry, 'ds-2', told.toReversed());
    const hashes = (options: Partial<FoldOptions>) => folds(options).map(({ split }) => split.hash);
    expect(hashes({ datasetId: 'ds-2' })).toEqual(hashes({}));
    expect(hashes({ seed: 8 })).not.toEqual(hashes({}));
    expect(new Set(hashes({})).size).toBe(5);
  });

  test('without a validation part train on all that they do not test', () => {
    addDataset(registry, 'ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    for (const { counts } of folds({ validation: 0, folds: 10 }))
      expect(counts).toEqual({ train: 18, validation: 0, test: 2 });
  });

  test.each([
    [{ folds: 1 }, /No valid split is possible with 1 fold and validation 0\.1/],
    [{ folds: 21 }, /21 folds/],
    [{ folds: 2.5 }, /2\.5 folds/],
    [{ folds: 2, validation: 0.5 }, /2 folds and validation 0\.5/],
    [{ folds: 12, validation: 0 }, /test set would have no image of "Healthy", which has 11 in all/],
  ])('%o are refused, and nothing is stored', (options, said) => {
    addDataset(registry, 'ds-1', [...many(TUMOUR, 40), ...many(HEALTHY, 11)]);
    expect(() => folds(options)).toThrow(
      expect.objectContaining({ code: 'bad-split', message: expect.stringMatching(said) }),
    );
    expect(registry.splits.list()).toEqual([]);
  });
});

test('groups of one size are dealt by chance: each comes into each fold about as often', () => {
  const counts = Array.from({ length: 40 }, () => [1, 0]);
  const times = Array.from({ length: 40 }, () => [0, 0, 0, 0]);
  const seeds = 400;
  for (let seed = 0; seed < seeds; seed += 1)
    assignFolds(counts, 4, seed).forEach((fold, group) => (times[group]![fold]! += 1));
  // Binomial, n = 400, p = 1/4: mean 100, standard deviation 8.7; five of them either way.
  for (const row of times) for (const count of row) expect(Math.abs(count - 100)).toBeLessThan(5 * 8.7);
});

test('folds that cannot all have a class are given up soon', () => {
  const counts = [[4, 0], [3, 0], [0, 5], ...Array.from({ length: 30 }, (_, n) => [0, 1 + (n % 7)])];
  const began = performance.now();
  const bins = assignFolds(counts, 10, 7);
  expectWithin(performance.now() - began, 1000);
  const held = new Set(bins.slice(0, 2));
  expect(held.size).toBe(2);
  const sizes = Array.from({ length: 10 }, (_, fold) =>
    counts.reduce((sum, some, group) => sum + (bins[group] === fold ? some[1]! : 0), 0),
  );
  // 5 + 30 groups of 1 … 7 in turn: 118 images of the other class, 12 or 11 a fold.
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(13);
});

test('folds of large groups are within the best that trying all ways finds', () => {
  const random = randomFrom(9, 'groups');
  for (let round = 0; round < 20; round += 1) {
    const counts = Array.from({ length: 9 }, () => [Math.floor(9 * random()), Math.floor(5 * random())]);
    const total = [0, 1].map((c) => counts.reduce((sum, some) => sum + some[c]!, 0));
    const cost = (bins: readonly number[]) => {
      const held = Array.from({ length: 3 }, () => [0, 0]);
      counts.forEach((some, group) => some.forEach((count, c) => (held[bins[group]!]![c]! += count)));
      return held.flat().reduce((sum, has, index) => {
        const target = total[index % 2]! / 3;
        return sum + (has - target) ** 2 / Math.max(1, target);
      }, 0);
    };
    let best = Infinity;
    for (let way = 0; way < 3 ** 9; way += 1)
      best = Math.min(best, cost(counts.map((_, group) => Math.floor(way / 3 ** group) % 3)));
    // Moves and swaps need not find the very best: within one image's worth of it.
    expect(cost(assignFolds(counts, 3, round)) - best).toBeLessThan(1);
  }
});
