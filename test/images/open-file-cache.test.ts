import { expect, test } from 'vitest';
import { OpenFileCache } from '../../src-main/images/open-file-cache.ts';

const holding = (held: number, opened: string[], key: string) => async () => {
  opened.push(key);
  return { held };
};

test('what was opened is kept, the least recently used goes first when all take too much', async () => {
  const kept = new OpenFileCache<{ held: number }>(100);
  const opened: string[] = [];
  const ask = (key: string, held = 40) => kept.get(key, holding(held, opened, key));
  await Promise.all([ask('a'), ask('a'), ask('b')]);
  await ask('a');
  await ask('c'); // a was used last, so b is evicted
  expect(kept.bytes).toBe(80);
  await ask('a');
  await ask('b');
  expect(opened).toEqual(['a', 'b', 'c', 'b']);
});

test('what is larger than the limit is kept alone', async () => {
  const kept = new OpenFileCache<{ held: number }>(100);
  const opened: string[] = [];
  await kept.get('small', holding(10, opened, 'small'));
  await kept.get('large', holding(500, opened, 'large'));
  expect(kept.bytes).toBe(500);
  await kept.get('large', holding(500, opened, 'large'));
  expect(opened).toEqual(['small', 'large']);
});

test('what could not be opened is tried again', async () => {
  const kept = new OpenFileCache<{ held: number }>(100);
  await expect(kept.get('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await kept.get('a', async () => ({ held: 1 }))).toEqual({ held: 1 });
});
