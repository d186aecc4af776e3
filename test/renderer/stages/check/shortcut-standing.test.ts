import { expect, test } from 'vitest';
import { standingOf, worstStanding, type Shortcut } from '../../../../src-main/contract/check.ts';
import { verdictOf } from '../../../../src-main/check/shortcuts/accuracy.ts';

const of = (kind: Shortcut['kind'], low: number) => ({ kind, low, verdict: verdictOf(low) });

// Results on real data; 0.55 was shown as “60 % right (55 % to 65 %)”, in green as no better than chance.
test.each([
  [of('file', 0.41), 'chance'],
  [of('file', 0.5), 'chance'],
  [of('border', 0.5501), 'notice'],
  [of('border', 0.549), 'slight'],
  [of('file', 0.99), 'warn'],
  [of('border', 0.76), 'warn'],
  [of('histogram', 0.99), 'either'],
  [of('thumbnail', 0.76), 'either'],
  [of('thumbnail', 0.6), 'notice'],
] as const)('says of %j what its interval does', (shortcut, standing) => {
  expect(standingOf(shortcut)).toBe(standing);
});

test('never calls the finding itself a shortcut, and names the worst', () => {
  expect(worstStanding([of('file', 0.4), of('histogram', 1)])).toBe('either');
  expect(worstStanding([of('file', 0.8), of('histogram', 1)])).toBe('warn');
  expect(worstStanding([])).toBe('chance');
});
