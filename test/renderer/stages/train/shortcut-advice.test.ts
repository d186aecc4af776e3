import { expect, test } from 'vitest';
import { verdictOf } from '../../../../src-main/check/shortcuts/accuracy.ts';
import type { Shortcut } from '../../../../src-main/contract/check.ts';
import { newDraft } from '../../../../src-renderer/stages/train/form.ts';
import {
  adviceOf,
  isAdviceApplied,
  withAdvice,
  withoutAdvice,
} from '../../../../src-renderer/stages/train/shortcut-advice.ts';

const of = (kind: Shortcut['kind'], low: number): Shortcut => ({
  kind,
  balancedAccuracy: low + 0.05,
  low,
  high: low + 0.1,
  verdict: verdictOf(low),
  images: 100,
  groups: 100,
  folds: 5,
  repeats: 20,
  reasons: [],
});

test.each([
  ['nothing without an audit', null, null],
  ['nothing where it found nothing', { shortcuts: [of('file', 0.45), of('border', 0.51)] }, null],
  ['nothing against what may be the finding itself', { shortcuts: [of('histogram', 0.98)] }, null],
  [
    'crop and padding against what needs no brain',
    { shortcuts: [of('file', 0.9), of('border', 0.8), of('histogram', 0.9)] },
    { standing: 'warn', kinds: ['file', 'border'] },
  ],
  [
    'the same, less urgently, against what tells a little',
    { shortcuts: [of('file', 0.6), of('border', 0.4)] },
    { standing: 'notice', kinds: ['file'] },
  ],
])('advises %s', (_, audit, expected) => {
  expect(adviceOf(audit)).toEqual(expected);
});

test('one click sets crop and padding in addition to other choices, and another undoes it', () => {
  const draft = { ...newDraft, changes: { epochs: 3 } };
  expect(isAdviceApplied(draft)).toBe(false);
  const advised = withAdvice(draft);
  expect(advised.changes).toEqual({ epochs: 3, crop: 'head', canvas: 'pad' });
  expect(isAdviceApplied(advised)).toBe(true);
  expect(withoutAdvice(advised)).toEqual(draft);
});
