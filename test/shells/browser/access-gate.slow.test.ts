import { expect, test } from 'vitest';
import { knock } from './door/knock.ts';

/* The first part of `npm run torture:door`. */

test('of hostile messages and requests none is taken, and no answer or logged line grows with what was sent', async () => {
  const { messages, heads, wrong, longestAnswer, longestLine } = await knock(1, 300, 1);
  expect(wrong).toEqual([]);
  expect({ messages, heads }).toEqual({ messages: 240, heads: 60 });
  expect(longestAnswer).toBeLessThan(8 * 1024);
  expect(longestLine).toBeLessThan(8 * 1024);
});
