import { expect, test } from 'vitest';
import { comparisonRow } from '../../src-main/compare/compare-handlers.ts';
import type { Metrics } from '../../src-main/contract/records.ts';
import { f1Of, sharesOf } from '../../src-main/statistics/confusion.ts';
import { runView } from '../renderer/run-view.ts';

const confusion = { tp: 81, fn: 182, tn: 8, fp: 0 };
const metrics: Metrics = {
  runId: 'run-a',
  part: 'test',
  created: '2026-01-01T00:00:00.000Z',
  threshold: 0.5,
  images: 271,
  confusion,
  ...sharesOf(confusion),
  f1: f1Of(confusion),
  auc: 0.8,
  millisecondsPerScan: 12.5,
  modelBytes: 9_000_000,
  parameters: 2_259_265,
};
const { run } = runView({ id: 'run-a', metrics });

test('a row of a comparison has an interval beside each plain number', () => {
  const row = comparisonRow(run, metrics);
  // Newcombe, Statistics in Medicine 17, 1998, 857–872, table I: 81 of 263 is 0.2553 to 0.3662 by Wilson's method.
  const { sensitivity, specificity, f1, auc } = row.intervals!;
  expect(row.sensitivity).toBe(81 / 263);
  expect(sensitivity.value).toBe(81 / 263);
  expect(sensitivity.low).toBeCloseTo(0.2553, 4);
  expect(sensitivity.high).toBeCloseTo(0.3662, 4);
  // Of 8 of 8, Wilson's lower end is 1 / (1 + z²/8).
  expect(specificity).toEqual({
    value: 1,
    low: expect.closeTo(1 / (1 + 1.959963984540054 ** 2 / 8), 12) as number,
    high: 1,
  });
  expect(f1).toEqual({ value: row.f1, low: null, high: null });
  expect(auc.low).toBeLessThan(0.8);
  expect(auc.high).toBeGreaterThan(0.8);
});

test('a run without a model has no intervals', () => {
  expect(comparisonRow(run, null).intervals).toBeNull();
});
