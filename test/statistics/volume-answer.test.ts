import { expect, test } from 'vitest';
import { highest, volumeAnswer } from '../../src-main/statistics/volume-answer.ts';

test('a volume’s probability is the highest mean of three neighbouring slices', () => {
  // Means of three: 0.4, 0.37, 0.8; the slice of 0.9 alone at the start does not decide.
  expect(volumeAnswer([0.9, 0.1, 0.2, 0.8, 1.4])).toEqual({ probability: expect.closeTo(0.8, 10), at: 3 });
});

test('a slice without an answer parts its neighbours', () => {
  expect(volumeAnswer([0.9, 0.9, null, 0.2, 0.4, 0.6])).toEqual({
    probability: expect.closeTo(0.4, 10),
    at: 4,
  });
  expect(volumeAnswer([null, null, null])).toBeNull();
});

test('of two slices the mean counts, of one itself', () => {
  expect(volumeAnswer([0.2, 0.6])).toEqual({ probability: expect.closeTo(0.4, 10), at: 1 });
  expect(volumeAnswer([0.7])).toEqual({ probability: 0.7, at: 0 });
  expect(volumeAnswer([])).toBeNull();
});

test('the most suspicious slices are those of the highest probabilities', () => {
  expect(highest([0.1, null, 0.8, 0.5], 2)).toEqual([2, 3]);
});
