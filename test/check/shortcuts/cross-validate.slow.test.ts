import { describe, expect, test } from 'vitest';
import { balancedAccuracy, verdictOf } from '../../../src-main/check/shortcuts/accuracy.ts';
import { binned } from '../../../src-main/check/shortcuts/bins.ts';
import { assignToFolds, rowGroups } from '../../../src-main/check/shortcuts/row-groups.ts';
import { crossValidate } from '../../../src-main/check/shortcuts/cross-validate.ts';
import { randomFrom } from '../../../src-main/statistics/random.ts';

const go = () => Promise.resolve();
const column = (values: readonly number[]) => values.map((value) => Float32Array.of(value));

describe('bins', () => {
  test('give a value that many rows share a bin of its own, so that a tree can ask for 512 alone', async () => {
    const values = Array.from({ length: 1000 }, (_, row) => (row % 3 === 0 ? 512 : 12 + row));
    const { columns, bins } = await binned(column(values), 16);
    expect(bins[0]).toBeLessThanOrEqual(16);
    const binOf512 = columns[0]![0];
    expect(values.filter((_, row) => columns[0]![row] === binOf512).every((value) => value === 512)).toBe(
      true,
    );
  });

  test('keep few values apart, in their order', async () => {
    const { columns, bins } = await binned(column([3, 1, 2, 1]), 4);
    expect([bins[0], ...columns[0]!]).toEqual([3, 2, 0, 1, 0]);
  });
});

describe('folds', () => {
  const groups = rowGroups([0, 0, 1, 2, 3, 4, 5, 6, 7, 7], [1, 1, 1, 1, 1, 0, 0, 0, 1, 0]);

  test('take a group with as many of either label for the positive class', () => {
    expect(groups.map(({ rows, label }) => [rows, label])).toEqual([
      [[0, 1], 1],
      [[2], 1],
      [[3], 1],
      [[4], 1],
      [[5], 0],
      [[6], 0],
      [[7], 0],
      [[8, 9], 1],
    ]);
  });

  test('deal the groups of each class evenly', () => {
    const fold = assignToFolds(groups, 2, randomFrom(1, 'folds'));
    for (const label of [0, 1]) {
      const counts = [0, 1].map(
        (k) => groups.filter((group, at) => group.label === label && fold[at] === k).length,
      );
      expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
    }
  });
});

describe('balanced accuracy', () => {
  test('lets every group count as one, however many images it has', () => {
    // Negative: a group of three, one of them right (1/3), and a single right one: 4/3 of 2. Positive: 1 of 2.
    const labels = [0, 0, 0, 0, 1, 1];
    const called = [0, 1, 1, 0, 1, 0];
    const groups = rowGroups([0, 0, 0, 1, 2, 3], labels);
    const { balancedAccuracy: value } = balancedAccuracy(groups, labels, [called], randomFrom(1, 'x'));
    expect(value).toBeCloseTo((4 / 3 / 2 + 1 / 2) / 2, 12);
  });

  test('of several repeats is their mean, and the interval as wide as that of one', () => {
    const random = randomFrom(2, 'repeats');
    const labels = Array.from({ length: 120 }, (_, row) => row % 2);
    const groups = rowGroups(
      labels.map((_, row) => Math.floor(row / 3)),
      labels,
    );
    const repeats = Array.from({ length: 8 }, () =>
      labels.map((label) => (random() < 0.8 ? label : 1 - label)),
    );
    const of = (...called: number[][]) => balancedAccuracy(groups, labels, called, randomFrom(1, 'x'));
    const all = of(...repeats);
    const each = repeats.map((called) => of(called));
    const mean = (value: (one: (typeof each)[number]) => number) =>
      each.reduce((sum, one) => sum + value(one) / 8, 0);
    expect(all.balancedAccuracy).toBeCloseTo(
      mean((one) => one.balancedAccuracy),
      12,
    );
    // How much narrower repetitions would make it is unknown for other scans.
    const width = mean((one) => one.high - one.low);
    expect((all.high - all.low) / width).toBeGreaterThan(0.9);
    expect((all.high - all.low) / width).toBeLessThan(1.15);
  });

  test('gives a perfect answer on few images a lower end below 1', () => {
    const labels = Array.from({ length: 20 }, (_, row) => row % 2);
    const groups = rowGroups([...labels.keys()], labels);
    const {
      balancedAccuracy: value,
      low,
      high,
    } = balancedAccuracy(groups, labels, [labels], randomFrom(1, 'x'));
    // 0.0125^(1/10) for each class
    expect([value, low, high]).toEqual([1, expect.closeTo(0.6452, 4), 1]);
  });

  test.each([
    [0.55, 'fine'],
    [0.56, 'notice'],
    [0.75, 'notice'],
    [0.76, 'warn'],
  ])('with a lower end of %d is %s', (low, verdict) => {
    expect(verdictOf(low)).toBe(verdict);
  });
});

describe('the forest', () => {
  test('finds "is it 512?", which no line tells', async () => {
    const random = randomFrom(3, 'sizes');
    const labels = Array.from({ length: 200 }, (_, row) => row % 2);
    const widths = labels.map((label) => (label ? 512 : 100 + Math.floor(800 * random())));
    const evaluated = await crossValidate(
      await binned(column(widths), 128),
      labels,
      [...labels.keys()],
      7,
      go,
      1,
    );
    expect(evaluated.low).toBeGreaterThan(0.95);
  });

  test('finds what only two features together tell', async () => {
    const random = randomFrom(3, 'exclusive or');
    const rows = Array.from({ length: 400 }, () => Float32Array.of(random(), random(), random()));
    const labels = rows.map(([a, b]) => Number(a! > 0.5 !== b! > 0.5));
    const evaluated = await crossValidate(await binned(rows, 128), labels, [...labels.keys()], 7, go, 1);
    expect(evaluated.low).toBeGreaterThan(0.8);
  });

  test('does not know an image by its twins', async () => {
    // A unique number for each scan and its nine twins: useless unless a twin was seen.
    const random = randomFrom(3, 'twins');
    const scans = Array.from({ length: 60 }, () => [random(), Number(random() < 0.5)] as const);
    const rows = scans.flatMap(([value]) => Array<Float32Array>(10).fill(Float32Array.of(value)));
    const labels = scans.flatMap(([, label]) => Array<number>(10).fill(label));
    const alone = await crossValidate(await binned(rows, 128), labels, [...labels.keys()], 7, go, 1);
    const together = await crossValidate(
      await binned(rows, 128),
      labels,
      labels.map((_, row) => Math.floor(row / 10)),
      7,
      go,
      1,
    );
    expect(alone.balancedAccuracy).toBeGreaterThan(0.85);
    expect(verdictOf(together.low)).toBe('fine');
  });

  test('answers the same for the same seed, and others for another', async () => {
    const random = randomFrom(5, 'noise');
    const rows = Array.from({ length: 60 }, () => Float32Array.of(random(), random()));
    const labels = rows.map((_, row) => row % 2);
    const answers = async (seed: number) =>
      [
        ...(await crossValidate(await binned(rows, 128), labels, [...labels.keys()], seed, go, 1))
          .probabilities,
      ].join();
    expect(await answers(1)).toBe(await answers(1));
    expect(await answers(1)).not.toBe(await answers(2));
  });

  test('calls chance fine in at least 95 of 100 draws', async () => {
    let fine = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const random = randomFrom(seed, 'chance');
      const rows = Array.from({ length: 40 }, () => Float32Array.from({ length: 12 }, () => random()));
      const labels = rows.map((_, row) => row % 2);
      const { low } = await crossValidate(await binned(rows, 128), labels, [...labels.keys()], seed, go, 1);
      if (verdictOf(low) === 'fine') fine += 1;
    }
    expect(fine).toBeGreaterThanOrEqual(95);
  });
});

test('evaluating again and again steadies the figure', async () => {
  const random = randomFrom(8, 'steady');
  const labels = Array.from({ length: 80 }, (_, row) => row % 2);
  const rows = labels.map((label) => Float32Array.from({ length: 6 }, () => random() + 0.25 * label));
  const features = await binned(rows, 128);
  const spread = async (repeats: number) => {
    const values: number[] = [];
    for (let seed = 0; seed < 6; seed += 1)
      values.push(
        (await crossValidate(features, labels, [...labels.keys()], seed, go, repeats)).balancedAccuracy,
      );
    return Math.max(...values) - Math.min(...values);
  };
  expect(await spread(8)).toBeLessThan(0.7 * (await spread(1)));
});

test('threads change nothing', async () => {
  const random = randomFrom(3, 'threads');
  const labels = Array.from({ length: 60 }, (_, row) => row % 2);
  const rows = labels.map((label) => Float32Array.of(random() + label / 3, random(), random()));
  const features = await binned(rows, 128);
  const groups = labels.map((_, row) => row >> 2);
  const told: number[] = [];
  const on = (threads: number) =>
    crossValidate(features, labels, groups, 7, (share) => Promise.resolve(void told.push(share)), 2, threads);
  const alone = await on(0);
  expect(told.at(-1)).toBe(1);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(await on(2)).toEqual(alone);
  const stop = () => Promise.reject(new Error('stopped'));
  await expect(crossValidate(features, labels, groups, 7, stop, 2, 2)).rejects.toThrow('stopped');
});
