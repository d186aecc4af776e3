import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { confusionAt } from '../../src-main/statistics/confusion.ts';
import { wilson } from '../../src-main/statistics/intervals.ts';
import {
  auc,
  measuresAtThreshold,
  rocPoints,
  type LabelledProbability,
} from '../../src-renderer/plots/threshold-measures.ts';

type At = {
  threshold: number;
  confusion: { tp: number; fp: number; tn: number; fn: number };
} & Record<'accuracy' | 'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'f1', number | null>;

/** Results of scikit-learn and SciPy: goldens/roc.py. */
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../goldens/roc.json'), 'utf8')) as {
  cases: {
    name: string;
    labels: (0 | 1)[];
    probabilities: number[];
    auc: number;
    roc: { fpr: number[]; tpr: number[]; thresholds: number[] };
    at: At[];
  }[];
  wilson: { count: number; of: number; low: number; high: number }[];
};

const scansOf = (labels: readonly (0 | 1)[], probabilities: readonly number[]): LabelledProbability[] =>
  labels.map((label, at) => ({ label, probability: probabilities[at]! }));

const near = (value: number | null, expected: number | null) =>
  expected === null ? expect(value).toBeNull() : expect(value).toBeCloseTo(expected, 12);

describe.each(golden.cases)('evaluating a list with $name', ({ labels, probabilities, ...expected }) => {
  const scans = scansOf(labels, probabilities);

  test.each(expected.at)(
    'counts and shares at $threshold as scikit-learn does',
    ({ threshold, confusion, ...at }) => {
      const measures = measuresAtThreshold(scans, threshold);
      expect(measures.confusion).toEqual(confusion);
      for (const name of ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv'] as const)
        near(measures[name].value, at[name]);
      near(measures.f1, at.f1);
    },
  );

  test('counts at many thresholds at once as one by one', () => {
    const thresholds = [0, ...probabilities, 0.123, 0.5, 1, 1.5];
    expect(thresholds.map((threshold) => measuresAtThreshold(scans, threshold).confusion)).toEqual(
      thresholds.map((threshold) => confusionAt(labels, probabilities, threshold)),
    );
  });

  test('draws the ROC curve scikit-learn draws', () => {
    const points = rocPoints(scans);
    expect(points.map((point) => point.threshold)).toEqual([Infinity, ...expected.roc.thresholds]);
    points.forEach((point, at) => {
      expect(point.falsePositiveRate).toBeCloseTo(expected.roc.fpr[at]!, 12);
      expect(point.sensitivity).toBeCloseTo(expected.roc.tpr[at]!, 12);
    });
  });

  test('gives the same area under it', () => {
    expect(auc(scans)).toBeCloseTo(expected.auc, 12);
  });
});

test('has no curve and no area where one class is absent', () => {
  const scans = scansOf([1, 1], [0.2, 0.9]);
  expect(rocPoints(scans)).toEqual([]);
  expect(auc(scans)).toBeNull();
  expect(measuresAtThreshold(scans, 0.5).specificity).toEqual({ value: null, count: 0, of: 0 });
});

test('counts equal probabilities as one half', () => {
  // Of 2 × 2 pairs: 0.9 wins both, 0.5 ties with 0.5 and wins over 0.1: (2 + 1.5) / 4
  expect(auc(scansOf([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1]))).toBe(0.875);
});

test.each(golden.wilson)("gives SciPy's Wilson interval for $count of $of", ({ count, of, low, high }) => {
  const interval = wilson({ count, of });
  expect(interval!.low).toBeCloseTo(low, 12);
  expect(interval!.high).toBeCloseTo(high, 12);
});

test('has no interval of nothing', () => {
  expect(wilson({ count: 0, of: 0 })).toBeNull();
});
