import { expect, test } from 'vitest';
import { areNumberedNext } from '../../src-main/check/numbered.ts';

test.each([
  ['yes/p1_slice_031.png', 'yes/p1_slice_032.png', true],
  ['yes/p1_slice_9.png', 'yes/p1_slice_14.png', true],
  ['yes/IM-0001-0099.jpg', 'yes/IM-0001-0100.jpg', true],
  ['yes/p1_slice_031.png', 'yes/p1_slice_052.png', false],
  ['yes/p1_slice_031.png', 'no/p1_slice_032.png', false],
  ['yes/p1_slice_031.png', 'yes/p2_slice_032.png', false],
  ['yes/p1_slice_031.png', 'yes/p1_slice_031_copy.png', false],
  ['yes/p1_slice_031.png', 'yes/p1_slice_031.jpg', false],
  ['yes/a.png', 'yes/b.png', false],
])('slices that were saved one by one are told by their names: %s, %s', (one, other, expected) => {
  expect(areNumberedNext(one, other)).toBe(expected);
  expect(areNumberedNext(other, one)).toBe(expected);
});
