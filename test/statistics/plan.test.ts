import { expect, test } from 'vitest';
import { isNotInferior } from '../../src-main/statistics/evidence.ts';
import { planRanges, sizesFor, usualPlan, type StudyPlan } from '../../src-main/statistics/plan.ts';
import { wilson } from '../../src-main/statistics/intervals.ts';

test('scans of each class are enough for its interval, and of both at the prevalence', () => {
  const { shares } = sizesFor({
    ...usualPlan,
    prevalence: 0.2,
    sensitivity: 0.9,
    specificity: 0.8,
    half: 0.05,
  });
  const widthOf = (share: number, of: number) => {
    const { low, high } = wilson({ count: share * of, of })!;
    return high - low;
  };
  expect(widthOf(0.9, shares.positives)).toBeLessThanOrEqual(0.1);
  expect(widthOf(0.9, shares.positives - 1)).toBeGreaterThan(0.1);
  expect(widthOf(0.8, shares.negatives)).toBeLessThanOrEqual(0.1);
  expect(shares.scans * 0.2).toBeGreaterThanOrEqual(shares.positives);
  expect((shares.scans - 1) * 0.2).toBeLessThan(shares.positives);
});

test('an external validation asks for the largest of its criteria', () => {
  const { validation } = sizesFor(usualPlan);
  expect(validation.scans).toBe(Math.max(validation.observedOverExpected, validation.slope, validation.auc));
});

test('sizes are numbers at both ends of what can be asked', () => {
  for (const name of Object.keys(planRanges) as (keyof StudyPlan)[])
    for (const value of planRanges[name]) {
      const { shares, validation, comparison } = sizesFor({ ...usualPlan, [name]: value });
      for (const scans of [shares.scans, validation.scans, comparison])
        expect(Number.isFinite(scans) && scans >= 1, `${name} ${value}: ${scans}`).toBe(true);
    }
});

test('not inferior is what loses less than the margin with confidence', () => {
  expect(isNotInferior({ low: -0.04 }, 0.05)).toBe(true);
  expect(isNotInferior({ low: -0.05 }, 0.05)).toBe(false);
  expect(isNotInferior({ low: null }, 0.05)).toBe(false);
});
