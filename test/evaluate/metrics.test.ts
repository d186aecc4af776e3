import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measure } from '../../src-main/evaluate/compute-metrics.ts';
import { confusionAt, f1Of, sharesOf } from '../../src-main/statistics/confusion.ts';
import { aucOf, rocPoints as pointsOf, thresholdSteps } from '../../src-main/statistics/roc.ts';

const rocAuc = (labels: ArrayLike<number>, probabilities: ArrayLike<number>) => {
  const steps = thresholdSteps(labels, probabilities);
  return steps && aucOf(steps);
};
const rocPoints = (labels: ArrayLike<number>, probabilities: ArrayLike<number>) =>
  pointsOf(thresholdSteps(labels, probabilities) ?? []);

/** Made by test/goldens/metrics.py with scikit-learn. */
const golden = JSON.parse(readFileSync(new URL('../goldens/metrics.json', import.meta.url), 'utf8')) as {
  cases: {
    name: string;
    labels: number[];
    probabilities: number[];
    expected: Record<
      'threshold' | 'accuracy' | 'sensitivity' | 'specificity' | 'ppv' | 'npv' | 'f1' | 'auc',
      number
    > & {
      confusion: { tp: number; fp: number; tn: number; fn: number };
      roc: { fpr: number[]; tpr: number[]; thresholds: number[] };
    };
  }[];
};

describe('agrees with scikit-learn', () => {
  test.each(golden.cases)('$name', ({ labels, probabilities, expected }) => {
    const measures = measure(labels, probabilities, expected.threshold)!;
    expect(measures.confusion).toEqual(expected.confusion);
    for (const name of ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv'] as const)
      expect(measures[name].value, name).toBeCloseTo(expected[name], 12);
    expect(measures.f1).toBeCloseTo(expected.f1, 12);
    expect(measures.auc).toBeCloseTo(expected.auc, 12);
  });

  test.each(golden.cases)('$name, the ROC curve', ({ labels, probabilities, expected: { roc } }) => {
    const points = rocPoints(labels, probabilities);
    expect(points[0]!.threshold).toBe(Infinity);
    expect(points.slice(1).map((point) => point.threshold)).toEqual(roc.thresholds);
    points.forEach((point, i) => {
      expect(point.falsePositiveRate).toBeCloseTo(roc.fpr[i]!, 12);
      expect(point.sensitivity).toBeCloseTo(roc.tpr[i]!, 12);
    });
  });
});

describe('arithmetic', () => {
  test('a probability at the threshold is called positive', () => {
    // 0.5 ≥ 0.5: called positive; 0.49 is not.
    expect(confusionAt([1, 0, 1, 0], [0.5, 0.5, 0.49, 0.49], 0.5)).toEqual({ tp: 1, fp: 1, tn: 1, fn: 1 });
  });

  test('each share stands on its counts', () => {
    // tp 6, fn 2 → 8 with tumour; tn 9, fp 3 → 12 without; 9 called positive, 11 called negative.
    expect(sharesOf({ tp: 6, fp: 3, tn: 9, fn: 2 })).toEqual({
      accuracy: { value: 15 / 20, count: 15, of: 20 },
      sensitivity: { value: 6 / 8, count: 6, of: 8 },
      specificity: { value: 9 / 12, count: 9, of: 12 },
      ppv: { value: 6 / 9, count: 6, of: 9 },
      npv: { value: 9 / 11, count: 9, of: 11 },
    });
    // 2 · 6 / (2 · 6 + 3 + 2) = 12 / 17
    expect(f1Of({ tp: 6, fp: 3, tn: 9, fn: 2 })).toBe(12 / 17);
  });

  test('equal probabilities count one half in the AUC', () => {
    // Positives 0.9 and 0.5; negatives 0.5 and 0.1: three pairs won, one tied → 3.5 of 4.
    expect(rocAuc([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1])).toBe(3.5 / 4);
    expect(rocAuc([1, 0, 1, 0], [0.3, 0.3, 0.3, 0.3])).toBe(0.5);
    expect(rocAuc([1, 0], [0, 1])).toBe(0);
  });

  test('the AUC of 20,000 scans is exact', () => {
    // The i-th of 10,000 positives (probability 2i + 1) beats i + 1 of the negatives (2j): Σ (i + 1) = n (n + 1) / 2.
    const n = 10_000;
    const labels = [...Array<number>(n).fill(1), ...Array<number>(n).fill(0)];
    const probabilities = Array.from(
      { length: 2 * n },
      (_, k) => (k < n ? 2 * k + 1 : 2 * (k - n)) / (2 * n),
    );
    expect(rocAuc(labels, probabilities)).toBe((n * (n + 1)) / 2 / (n * n));
  });
});

describe('where a measure has no value', () => {
  test('no images', () => {
    const measures = measure([], [])!;
    expect(measures.images).toBe(0);
    expect(measures.accuracy).toEqual({ value: null, count: 0, of: 0 });
    expect(measures.f1).toBeNull();
    expect(measures.auc).toBeNull();
    expect(rocPoints([], [])).toEqual([]);
  });

  test('only positives: no specificity, no AUC', () => {
    const measures = measure([1, 1, 1], [0.9, 0.8, 0.2])!;
    expect(measures.sensitivity).toEqual({ value: 2 / 3, count: 2, of: 3 });
    expect(measures.specificity).toEqual({ value: null, count: 0, of: 0 });
    expect(measures.ppv.value).toBe(1);
    expect(measures.npv).toEqual({ value: 0, count: 0, of: 1 });
    expect(measures.auc).toBeNull();
    expect(rocPoints([1, 1, 1], [0.9, 0.8, 0.2])).toEqual([]);
  });

  test('only negatives, none called positive: no sensitivity, no PPV, no F1', () => {
    const measures = measure([0, 0], [0.1, 0.2])!;
    expect(measures.sensitivity.value).toBeNull();
    expect(measures.ppv.value).toBeNull();
    expect(measures.f1).toBeNull();
    expect(measures.specificity.value).toBe(1);
  });

  test('a probability that is not a number is no negative answer', () => {
    expect(confusionAt([0, 1], [NaN, 0.9], 0.5)).toBeNull();
    expect(measure([0, 1], [NaN, 0.9])).toBeNull();
    expect(rocAuc([0, 1], [NaN, 0.9])).toBeNull();
    expect(rocPoints([0, 1], [NaN, 0.9])).toEqual([]);
  });

  test('refuses lists of different lengths', () => {
    expect(() => measure([1, 0], [0.5])).toThrow('2 labels but 1 probabilities');
  });
});
