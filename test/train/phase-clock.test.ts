import { expect, test } from 'vitest';
import { PhaseClock } from '../../src-main/train/phase-clock.ts';

const headThenAll = [
  { scope: 'head', first: 0, epochs: 2 },
  { scope: 'all', first: 2, epochs: 3 },
] as const;

test('knows in the head’s first step that steps of all layers take longer', () => {
  const clock = new PhaseClock(headThenAll, 10, 0);
  // 9 more, 10 of the second epoch, and 3 · 10 that take four times as long.
  expect(clock.secondsLeft(1, 1, 2)).toBeCloseTo(2 * (9 + 10 + 4 * 30), 10);
});

test('goes by what was measured as soon as it was', () => {
  const clock = new PhaseClock(headThenAll, 10, 0);
  clock.epochTook(1, 20);
  clock.epochTook(2, 20);
  clock.epochTook(3, 50);
  // Half of the fourth epoch took 25 s, as the third: 5 left in it, 10 in the fifth, 5 s each.
  expect(clock.secondsLeft(4, 5, 25)).toBeCloseTo(5 * 15, 10);
});

test('the epoch before steadies the first steps of the next', () => {
  const clock = new PhaseClock([{ scope: 'all', first: 0, epochs: 2 }], 10, 0);
  clock.epochTook(1, 10);
  // One slow step of 12 s: (10 + 12) / 11 = 2 s a step for the 9 that are left.
  expect(clock.secondsLeft(2, 1, 12)).toBeCloseTo(18, 10);
});

test('counts the validation after each epoch, guessed first, then as measured', () => {
  const clock = new PhaseClock([{ scope: 'all', first: 0, epochs: 3 }], 10, 4);
  // A validation batch takes as long as a step of the head: a quarter of 8 s.
  expect(clock.secondsLeft(1, 10, 80)).toBeCloseTo(2 * 80 + 3 * 4 * 2, 10);
  clock.epochTook(1, 80);
  clock.betweenTook(5);
  expect(clock.secondsLeft(2, 10, 80)).toBeCloseTo(80 + 2 * 5, 10);
});
