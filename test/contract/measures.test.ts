import { expect, test } from 'vitest';
import {
  measureHelp,
  measureLabel,
  measureNames,
  measuresShown,
  measureTable,
} from '../../src-main/contract/measures.ts';
import { GroupedAnswers } from '../../src-main/statistics/grouped.ts';
import { measuresOf } from '../../src-main/statistics/measures.ts';

test.each(measureNames)(
  '%s has a label and an explanation in both languages, and is shown somewhere',
  (name) => {
    for (const language of ['en', 'ko'] as const) {
      expect(measureLabel(name, language)).toMatch(/\S/);
      expect(measureHelp(name, language)).toMatch(/\.$/);
    }
    expect(measureHelp(name, 'ko')).toMatch(/[가-힣]/);
    expect(measureTable[name].shown.length).toBeGreaterThan(0);
  },
);

test.each(measureNames)('%s lies at the better end of its range where all is right', (name) => {
  const { range, better } = measureTable[name];
  const right = Array.from({ length: 12 }, (_, n) => {
    const label = n < 6 ? (1 as const) : (0 as const);
    return { group: n, label, probability: label };
  });
  const answers = new GroupedAnswers(right, 0.5);
  const outcome = answers.outcome(answers.once);
  expect(outcome).toMatchObject({ confusion: { tp: 6, fp: 0, tn: 6, fn: 0 }, auc: 1 });
  const { value } = measuresOf(outcome)[name];
  // A slope of zero is the most likely where a cut separates the classes; the intercept is 0 as the sums are equal.
  if (better === 'one') expect(value).toBeNull();
  else expect(value).toBeCloseTo(better === 'higher' ? range[1]! : (range[0] ?? 0), 5);
});

test('each place shows these measures', () => {
  expect(measuresShown('threshold')).toEqual(['sensitivity', 'specificity', 'ppv', 'npv']);
  expect(measuresShown('list')).toEqual(['accuracy', 'auc']);
  expect(measuresShown('results')).toContain('f1');
  expect(measuresShown('results')).not.toContain('balancedAccuracy');
});
