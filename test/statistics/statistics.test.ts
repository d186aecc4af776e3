import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { poolInSteps } from '../../src-main/evaluate/pooled.ts';
import { aucInterval, lowOfAll, wilson } from '../../src-main/statistics/intervals.ts';
import { drawUnits, percentileInterval } from '../../src-main/statistics/bootstrap.ts';
import { levelOfShare, lowerLevel, quantile, weightedQuantile } from '../../src-main/statistics/quantiles.ts';
import { randomFrom, shuffled } from '../../src-main/statistics/random.ts';
import { aucOf, confusionOf, thresholdSteps } from '../../src-main/statistics/roc.ts';
import { runToEnd } from '../../src-main/system/steps.ts';

type Ends = Record<'percentile' | 'accelerated', [number, number]>;

/** Made by test/goldens/statistics.py with NumPy, SciPy, scikit-learn and statsmodels. */
const golden = JSON.parse(readFileSync(new URL('../goldens/statistics.json', import.meta.url), 'utf8')) as {
  random: { seed: number; name: string; numbers: number[] }[];
  quantiles: {
    q: number;
    values: number[];
    levels: number[];
    weights: number[];
    linear: number;
    lower: number;
    invertedCdf: number;
    weighted: number;
  }[];
  binomials: { count: number; of: number; wilson: [number, number]; exact: [number, number] }[];
  aucIntervals: { auc: number; positives: number; negatives: number; low: number; high: number }[];
  bootstraps: {
    name: string;
    groups: number[];
    labels: (0 | 1)[];
    probabilities: number[];
    auc: Ends;
    balancedAccuracy: Ends;
  }[];
};

test.each(golden.random)(
  'draws for seed $seed and "$name" what Mulberry32 draws',
  ({ seed, name, numbers }) => {
    const random = randomFrom(seed, name);
    expect(numbers.map(() => random())).toEqual(numbers);
  },
);

test('deals every order of three about as often', () => {
  const random = randomFrom(3, 'orders');
  const counts = Object.values(
    Object.groupBy(
      Array.from({ length: 6000 }, () => shuffled(3, random).join('')),
      (order) => order,
    ),
  ).map((orders) => orders!.length);
  // Binomial, n = 6000, p = 1/6: 1000 ± 29; five of them.
  expect(counts).toHaveLength(6);
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(145);
});

test('quantiles are NumPy’s linear, lower and inverted_cdf, with and without weights', () => {
  for (const { q, values, levels, weights, ...expected } of golden.quantiles) {
    const n = values.length;
    const counts = new Uint32Array(40);
    for (const level of levels) counts[level]! += 1;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const what = `${q} of ${n}`;
    expect(quantile(values, q), what).toBeCloseTo(expected.linear, 13);
    expect(lowerLevel(counts, n, q), what).toBe(expected.lower);
    expect(weightedQuantile(values, weights, total, q), what).toBe(expected.weighted);
    // At 0 every level is one that no value has to be below.
    if (q > 0) expect(levelOfShare(counts, n, q), what).toBe(expected.invertedCdf);
  }
});

test.each(golden.binomials)(
  '$count of $of has statsmodels’ Wilson interval, and SciPy’s exact one',
  (row) => {
    const { low, high } = wilson(row)!;
    expect([low, high]).toEqual(row.wilson.map((end) => expect.closeTo(end, 12) as number));
    if (row.count === row.of) expect(lowOfAll(row.of)).toBeCloseTo(row.exact[0], 12);
  },
);

test.each(golden.aucIntervals)(
  'an AUC of $auc from $positives and $negatives scans has the interval that Brent’s method finds',
  ({ auc, positives, negatives, low, high }) => {
    const interval = aucInterval(auc, positives, negatives)!;
    expect(interval.low).toBeCloseTo(low, 11);
    expect(interval.high).toBeCloseTo(high, 11);
  },
);

describe.each(golden.bootstraps)('the bootstrap, $name', ({ groups, labels, probabilities, ...expected }) => {
  const members = Object.values(Object.groupBy(groups.keys(), (row) => groups[row]!)) as number[][];

  test('has the percentiles of the AUC that scikit-learn and NumPy have of the same draws', () => {
    const random = randomFrom(7, 'folds bootstrap');
    const drawn: number[] = [];
    for (let replicate = 0; replicate < 2000; replicate += 1) {
      const rows: number[] = [];
      drawUnits(members.length, random, (unit) => rows.push(...members[unit]!));
      const steps = thresholdSteps(
        rows.map((row) => labels[row]!),
        rows.map((row) => probabilities[row]!),
      )!;
      const { tp, fn, fp, tn } = confusionOf(steps, 0.5);
      if (tp + fn > 0 && fp + tn > 0) drawn.push(aucOf(steps)!);
    }
    const { low, high } = percentileInterval(drawn);
    expect([low, high]).toEqual(expected.auc.percentile.map((end) => expect.closeTo(end, 12) as number));
  });

  test('is, by SciPy’s BCa, what cross-validation gives', () => {
    const answers = groups.map((group, row) => ({
      fold: group % 3,
      group,
      label: labels[row]!,
      probability: probabilities[row]!,
    }));
    const { measures } = runToEnd(poolInSteps(answers, 0.5, 7));
    for (const name of ['auc', 'balancedAccuracy'] as const)
      expect([measures[name].low, measures[name].high], name).toEqual(
        expected[name].accelerated.map((end) => expect.closeTo(end, 12) as number),
      );
  });
});
