import { expect, test } from 'vitest';
import {
  measureHelp,
  measureLabel,
  measureNames,
  measuresShown,
  measureTable,
} from '../../src-main/contract/measures.ts';
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
  const { value } = measuresOf({ confusion: { tp: 5, fp: 0, tn: 7, fn: 0 }, auc: 1 })[name];
  expect(value).toBe(better === 'higher' ? range[1] : range[0]);
});

test('each place shows these measures', () => {
  expect(measuresShown('threshold')).toEqual(['sensitivity', 'specificity', 'ppv', 'npv']);
  expect(measuresShown('list')).toEqual(['accuracy', 'auc']);
  expect(measuresShown('results')).toContain('f1');
  expect(measuresShown('results')).not.toContain('balancedAccuracy');
});
