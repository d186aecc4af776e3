import { expect, test } from 'vitest';
import { VIEW, type View } from '../../src-main/check/head.ts';
import { ReadyPyramids } from '../../src-main/check/ready-pyramids.ts';

const viewOf = (index: number): View => ({
  pixels: new Uint8Array(VIEW * VIEW).fill(10 * index),
  box: [0, 0, 1, 1],
});

test('as many views are kept ready as were asked for last, and one whose memory another took is made anew', () => {
  const made: number[] = [];
  const ready = new ReadyPyramids(2, (index) => {
    made.push(index);
    return viewOf(index);
  });
  const greyOf = (index: number) => ready.of(index).level(0).grey[20];
  expect([1, 2, 1, 3, 1, 2].map(greyOf)).toEqual([10, 20, 10, 30, 10, 20]);
  expect(made).toEqual([1, 2, 3, 2]);
});
