import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { areasOf } from '../../src-main/statistics/delong.ts';
import { normalQuantile } from '../../src-main/statistics/distributions.ts';
import { countInSteps, differenceBetween } from '../../src-main/statistics/evidence.ts';
import { runToEnd } from '../../src-main/system/steps.ts';

/** Made by test/goldens/independent.py with statsmodels. */
const golden = JSON.parse(readFileSync(new URL('../goldens/independent.json', import.meta.url), 'utf8')) as {
  here: [number, number];
  there: [number, number];
  low: number;
  high: number;
}[];

/** This many positive scans, of which this many are called positive, and as many negative ones that are all called negative. */
const shares = ([count, of]: [number, number], seed: number) => {
  const labels = Array.from({ length: 2 * of }, (_, i) => (i < of ? 1 : 0));
  return counted(
    labels,
    labels.map((label, i) => (label === 1 && i < count ? 0.9 : 0.1 + i / 1e4)),
    labels.map((_, i) => i),
    seed,
  );
};

const counted = (labels: number[], probabilities: number[], groups: number[], seed: number) =>
  runToEnd(countInSteps({ groups, labels, models: [probabilities], thresholds: [0.5], seed }));

test('the difference of a share between two sets of scans has statsmodels’ interval', () => {
  for (const { here, there, low, high } of golden) {
    const { sensitivity } = differenceBetween(shares(here, 1), shares(there, 2));
    expect(sensitivity.value).toBeCloseTo(here[0] / here[1] - there[0] / there[1], 12);
    expect(sensitivity.low, String(here)).toBeCloseTo(low, 9);
    expect(sensitivity.high, String(here)).toBeCloseTo(high, 9);
  }
});

test('that of the AUC has the sum of DeLong’s two variances', () => {
  const [one, other] = [
    { labels: [1, 1, 1, 0, 0, 0], probabilities: [0.9, 0.7, 0.4, 0.6, 0.3, 0.2] },
    { labels: [1, 1, 0, 0, 0], probabilities: [0.8, 0.3, 0.5, 0.4, 0.1] },
  ];
  const places = (of: { labels: number[] }) => of.labels.map((_, i) => i);
  const { auc } = differenceBetween(
    counted(one.labels, one.probabilities, places(one), 1),
    counted(other.labels, other.probabilities, places(other), 2),
  );
  const variance = [one, other].reduce(
    (sum, { labels, probabilities }) => sum + areasOf(labels, [probabilities])!.covariance[0]![0]!,
    0,
  );
  // 8 of 9 pairs in order there, 4 of 6 here.
  expect(auc.value).toBeCloseTo(8 / 9 - 4 / 6, 12);
  expect(auc.low).toBeCloseTo(8 / 9 - 4 / 6 - normalQuantile(0.975) * Math.sqrt(variance), 12);
});

test('others are bootstrapped: that of a set and itself is 0 within an interval about it', () => {
  const labels = Array.from({ length: 30 }, (_, i) => i % 2);
  const probabilities = labels.map((label, i) => 0.3 + 0.4 * label + 0.25 * Math.sin(5 * i));
  const groups = labels.map((_, i) => Math.floor(i / 2));
  const { brier } = differenceBetween(
    counted(labels, probabilities, groups, 1),
    counted(labels, probabilities, groups, 2),
  );
  expect(brier.value).toBe(0);
  expect(brier.low).toBeLessThan(0);
  expect(brier.high).toBeGreaterThan(0);
  expect(Math.abs(brier.low! + brier.high!)).toBeLessThan(0.02);
});
