import { expect, test } from 'vitest';
import { randomFrom } from '../../src-main/graph/random.ts';
import { atOnce, byAndBy, slowly, sortedBy, type Pieces } from '../../src-main/system/pieces.ts';

test.each([0, 1, 4096, 4097, 30_000])('sorts %i texts as sort does', (count) => {
  const random = randomFrom(count, 'texts');
  const texts = Array.from({ length: count }, () => Math.floor(1e6 * random()).toString(36));
  expect(atOnce(sortedBy(texts, (text) => text))).toEqual(texts.toSorted());
});

/** Keeps the processor busy for some milliseconds, piece by piece. */
function* busy(milliseconds: number): Pieces<string> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) yield;
  return 'done';
}

test('work by and by lets others have their turn, and gives what it gives at once', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  try {
    expect(await byAndBy(busy(200))).toBe('done');
    expect(turns).toBeGreaterThan(3);
    turns = 0;
    expect(atOnce(busy(50))).toBe('done');
    expect(turns).toBe(0);
  } finally {
    clearInterval(timer);
  }
});

test('work by and by is broken off with the reason it is given', async () => {
  const stop = new AbortController();
  const began = performance.now();
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await expect(byAndBy(busy(20_000), stop.signal)).rejects.toThrow('enough');
  expect(performance.now() - began).toBeLessThan(5000);
});

test('a list is walked in order, each place once', () => {
  const seen: [string, number][] = [];
  atOnce(slowly(new Set(['a', 'b', 'c']), (one, place) => seen.push([one, place])));
  expect(seen).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
});
