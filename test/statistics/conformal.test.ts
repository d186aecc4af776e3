import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  calibrated,
  expectedCalibrationError,
  fitTemperature,
  logitOf,
  lossAt,
  temperatures,
} from '../../src-main/statistics/calibration.ts';
import {
  calibrate,
  groupsNeeded,
  pValues,
  type CalibrationScan,
} from '../../src-main/statistics/conformal.ts';
import { randomFrom, shuffled } from '../../src-main/statistics/random.ts';

/** Made by test/goldens/conformal.py with crepes and SciPy. */
const golden = JSON.parse(readFileSync(new URL('../goldens/conformal.json', import.meta.url), 'utf8')) as {
  labels: (0 | 1)[];
  probabilities: number[];
  asked: number[];
  negative: number[];
  positive: number[];
  sets: Record<string, [number, number][]>;
  logits: number[];
  weights: number[];
  temperature: number;
  loss: number;
}[];

describe('conformal prediction', () => {
  test.each(golden)('has the p-values and sets of crepes, class by class', (one) => {
    const calibration = calibrate(
      one.labels.map((label, group) => ({ group, label, probability: one.probabilities[group]! })),
    );
    one.asked.forEach((probability, i) => {
      const found = pValues(calibration, probability);
      expect(found.negative).toBeCloseTo(one.negative[i]!, 10);
      expect(found.positive).toBeCloseTo(one.positive[i]!, 10);
      for (const [rate, sets] of Object.entries(one.sets))
        expect([found.negative, found.positive].map((p) => Number(p > Number(rate)))).toEqual(sets[i]);
    });
  });

  test('gives a group one vote, shared by its scans', () => {
    // Positive class: group 1 says 0.9, 0.5 and 0.2, group 2 says 0.6. Asked 0.5, scores of at least 0.5 are those of
    // 0.5 and 0.2: two thirds of group 1. With the new group: (2/3 + 1) / 3.
    const calibration = calibrate(
      [
        [1, 0.9],
        [1, 0.5],
        [1, 0.2],
        [2, 0.6],
      ].map(([group, probability]) => ({ group: group!, label: 1, probability: probability! })),
    );
    expect(pValues(calibration, 0.5).positive).toBeCloseTo(5 / 9, 10);
    // Nothing is known about the negative class, so it is never ruled out.
    expect(pValues(calibration, 0.99).negative).toBe(1);
  });

  test.each([
    [0.1, 9],
    [0.05, 19],
    [0.01, 99],
    [0.3, 3],
  ])('at an error rate of %d needs %d groups of a class', (rate, groups) => {
    expect(groupsNeeded(rate)).toBe(groups);
    const with_ = (count: number) =>
      calibrate(
        Array.from({ length: count }, (_, group) => ({ group, label: 1 as const, probability: 0.9 })),
      );
    expect(pValues(with_(groups), 0).positive).toBeLessThanOrEqual(rate);
    expect(pValues(with_(groups - 1), 0).positive).toBeGreaterThan(rate);
  });

  test('keeps its promise for each class over 1,000 resplits by group; counting each scan for itself breaks it', () => {
    const errorRate = 0.1;
    const random = randomFrom(14, 'resplits');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // 80 groups; some are one scan, some are many that are equally unusual, more so the more there are.
    const groups = Array.from({ length: 80 }, (_, group): CalibrationScan[] => {
      const label = group % 3 === 0 ? 1 : 0;
      const size = random() < 0.7 ? 1 : 15;
      const ease = (size === 1 ? 2.5 : 1) + normal();
      return Array.from({ length: size }, () => {
        const logit = (2 * label - 1) * (ease + 0.2 * normal());
        return { group, label, probability: 1 / (1 + Math.exp(-logit)) } as const;
      });
    });
    const missed = { byGroup: [0, 0], byScan: [0, 0] };
    const asked = [0, 0];
    for (let resplit = 0; resplit < 1000; resplit += 1) {
      const order = shuffled(groups.length, random).map((at) => groups[at]!);
      const held = order.slice(0, 40).flat();
      const byGroup = calibrate(held);
      const byScan = calibrate(held.map((scan, group) => ({ ...scan, group })));
      for (const group of order.slice(40)) {
        const { label, probability } = group[Math.floor(random() * group.length)]!;
        const of = label === 1 ? 'positive' : 'negative';
        asked[label]! += 1;
        if (pValues(byGroup, probability)[of] <= errorRate) missed.byGroup[label]! += 1;
        if (pValues(byScan, probability)[of] <= errorRate) missed.byScan[label]! += 1;
      }
    }
    for (const label of [0, 1]) {
      const rate = missed.byGroup[label]! / asked[label]!;
      expect(rate).toBeLessThanOrEqual(errorRate + 0.002); // of 40,000 draws
      // No wider than necessary: at most one group's weight and the variation of the draws below.
      expect(rate).toBeGreaterThan(errorRate - 0.06);
    }
    // Here the groups of many scans are the unusual ones, so that counting scan by scan makes all others look typical.
    const share = (of: number[]) => (of[0]! + of[1]!) / (asked[0]! + asked[1]!);
    expect(Math.abs(share(missed.byScan) - errorRate)).toBeGreaterThan(
      Math.abs(share(missed.byGroup) - errorRate),
    );
  });
});

describe('temperature scaling', () => {
  const scansOf = ({ logits, labels, weights }: (typeof golden)[number]) =>
    logits.map((logit, i) => ({ logit, label: labels[i]!, weight: weights[i]! }));

  test.each(golden)('finds the temperature that SciPy finds', (one) => {
    const temperature = fitTemperature(scansOf(one));
    expect(temperature / one.temperature).toBeCloseTo(1, 5);
    expect(lossAt(temperature, scansOf(one))).toBeCloseTo(one.loss, 9);
  });

  test('stays within bounds where the labels are told apart without a fault, or all are wrong', () => {
    const two = (sign: number) =>
      ([0, 1] as const).map((label) => ({ logit: sign * (2 * label - 1), label, weight: 1 }));
    expect(fitTemperature(two(1))).toBe(temperatures.least);
    expect(fitTemperature(two(-1))).toBe(temperatures.most);
    expect(fitTemperature([])).toBe(1);
  });

  test('moves no probability across one half, nor across another, and leaves none at 0 or 1', () => {
    expect(calibrated(0.5, 3)).toBe(0.5);
    const after = [0, 1e-9, 0.2, 0.49, 0.51, 0.9, 1].map((probability) => calibrated(probability, 3));
    expect(after).toEqual(after.toSorted((a, b) => a - b));
    expect(after[0]).toBeGreaterThan(0);
    expect(after.at(-1)).toBeLessThan(1);
    expect(calibrated(0.9, 1)).toBeCloseTo(0.9, 12);
    expect(logitOf(0.9)).toBeCloseTo(Math.log(9), 12);
  });

  test('is measured by the gap between predicted and observed', () => {
    // Bin 0.1–0.2: predicted 0.15 twice, one positive: |0.3 − 1| = 0.7. Bin 0.9–1: predicted 0.95 twice, both positive: 0.1. Of 4: 0.2.
    expect(expectedCalibrationError([0.15, 0.15, 0.95, 0.95], [0, 1, 1, 1])).toBeCloseTo(0.2, 12);
    expect(expectedCalibrationError([], [])).toBeNull();
  });
});
