import { expect, test } from 'vitest';
import { areNumberedNext, seriesOf } from '../../src-main/check/numbered.ts';

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

test.each([
  ['yes/p1_slice_031.png', 'yes/p1_slice_#.png'],
  ['yes/IM-0001-0099.jpg', 'yes/IM-0001-#.jpg'],
  ['yes/Cancer (12).tif', 'yes/Cancer (#).tif'],
  ['yes/p1_slice_031.jp2', 'yes/p1_slice_#.jp2'],
  ['yes/7.png', 'yes/#.png'],
  ['yes/a.png', null],
])('the series of %s is %s', (file, expected) => {
  expect(seriesOf(file)).toBe(expected);
});
