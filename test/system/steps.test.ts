import { expect, test } from 'vitest';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { runToEnd, runInTurns, forEachInSteps, sortedBy, type Steps } from '../../src-main/system/steps.ts';

test.each([0, 1, 4096, 4097, 30_000])('sorts %i texts as sort does', (count) => {
  const random = randomFrom(count, 'texts');
  const texts = Array.from({ length: count }, () => Math.floor(1e6 * random()).toString(36));
  expect(runToEnd(sortedBy(texts, (text) => text))).toEqual(texts.toSorted());
});

/** Continues step by step until something has happened outside; fails where it can't. */
function* until(happened: () => boolean): Steps<string> {
  const givesUp = performance.now() + 15_000;
  while (!happened()) {
    if (performance.now() > givesUp) throw new Error('nothing outside had its turn');
    yield;
  }
  return 'done';
}

test('work by and by lets others have their turn, and work at once does not', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  try {
    expect(await runInTurns(until(() => turns > 3))).toBe('done');
    turns = 0;
    let steps = 0;
    expect(runToEnd(until(() => ++steps > 1_000_000))).toBe('done');
    expect(turns).toBe(0);
  } finally {
    clearInterval(timer);
  }
});

test('work in steps is aborted with the given reason', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 20);
  const endless = runInTurns(
    until(() => false),
    stop.signal,
  );
  await expect(endless).rejects.toThrow('enough');
});

test('a list is walked in order, each place once', () => {
  const seen: [string, number][] = [];
  runToEnd(forEachInSteps(new Set(['a', 'b', 'c']), (one, place) => seen.push([one, place])));
  expect(seen).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
});
