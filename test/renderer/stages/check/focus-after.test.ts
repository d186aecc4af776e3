import { expect, test } from 'vitest';
import { focusAfter, placeOfNext } from '../../../../src-renderer/stages/check/focus-after.ts';

test.each([
  ['stays on the decided card where that has kept its place', { count: 5, was: 1, is: 1, focused: 1 }, null],
  ['stays on another card that somebody has gone on to', { count: 5, was: 1, is: 1, focused: 2 }, null],
  ['stays there too where the decided one has left', { count: 4, was: 1, is: -1, focused: 3 }, null],
  ['goes to the one that took the place of one that left', { count: 4, was: 1, is: -1, focused: -1 }, 1],
  ['goes there too where the decided one took it along', { count: 5, was: 1, is: 4, focused: 4 }, 1],
  ['comes back to the decided one where it was lost', { count: 5, was: 1, is: 1, focused: -1 }, 1],
  ['goes to the last where the last one left', { count: 2, was: 2, is: -1, focused: -1 }, 1],
  ['stays where no card is left', { count: 0, was: 0, is: -1, focused: -1 }, null],
] as const)('the focus after a decision %s', (_, decided, next) => {
  expect(focusAfter(decided)).toBe(next);
});

test.each([
  ['is its own where nothing else left', [1, 2, 3], 2, [1, 3], 1],
  ['is further up where one before it has left since', [1, 2, 3, 4], 2, [3, 4], 0],
  ['is that of the next but one where the next has left too', [1, 2, 3, 4], 2, [1, 4], 1],
  ['is the end where it was the last', [1, 2], 2, [1], 1],
] as const)('the place of a card that was decided %s', (_, order, id, now, place) => {
  expect(placeOfNext(order, id, now)).toBe(place);
});
