import { describe, expect, test } from 'vitest';
import {
  answeredOf,
  highest,
  volumeAnswer,
  type SliceAnswer,
} from '../../src-main/statistics/volume-answer.ts';

const slices = (...probabilities: (number | null)[]): SliceAnswer[] =>
  probabilities.map((probability) => ({
    probability,
    answer: (probability ?? 0) < 0.5 ? 'negative' : 'positive',
  }));
/** With these slices refused. */
const refusing = (all: SliceAnswer[], ...places: number[]): SliceAnswer[] =>
  all.map((one, at) => (one && places.includes(at) ? { ...one, answer: 'refused' } : one));

describe('a volume’s probability', () => {
  test('is the highest mean of three neighbouring slices', () => {
    // Means of three: 0.4, 0.37, 0.8; the single slice of 0.9 at the start is not decisive.
    expect(volumeAnswer(slices(0.9, 0.1, 0.2, 0.8, 1.4))).toEqual({
      probability: expect.closeTo(0.8, 10),
      at: 3,
      refused: 0,
      isRefused: false,
    });
  });

  test('has neighbours parted by a slice without an answer', () => {
    expect(volumeAnswer(slices(0.9, 0.9, null, 0.2, 0.4, 0.6))).toMatchObject({
      probability: expect.closeTo(0.4, 10),
      at: 4,
    });
    expect(volumeAnswer(slices(null, null, null))).toBeNull();
    expect(volumeAnswer([null, null])).toBeNull();
  });

  test('of two slices is their mean, of one its own', () => {
    expect(volumeAnswer(slices(0.2, 0.6))).toMatchObject({ probability: expect.closeTo(0.4, 10), at: 1 });
    expect(volumeAnswer(slices(0.7))).toMatchObject({ probability: 0.7, at: 0 });
    expect(volumeAnswer([])).toBeNull();
  });

  test('leaves out slices that are refused', () => {
    // The top of a head, called positive with 1: without it the means are 0.2 and 0.3.
    const head = slices(0.1, 0.2, 0.3, 0.4, 1, 1, 1);
    expect(volumeAnswer(refusing(head, 4, 5, 6))).toEqual({
      probability: expect.closeTo(0.3, 10),
      at: 2,
      refused: 3,
      isRefused: false,
    });
    expect(answeredOf(refusing(head, 4, 5, 6))).toEqual([0.1, 0.2, 0.3, 0.4, null, null, null]);
  });

  test('is no answer where half of the slices are refused, or no neighbours are left', () => {
    const probability = expect.closeTo(0.9, 10) as number;
    expect(volumeAnswer(refusing(slices(0.9, 0.9, 0.9, 0.9, 0.9, 0.9), 0, 1, 2))).toEqual({
      probability,
      at: 1,
      refused: 3,
      isRefused: true,
    });
    expect(volumeAnswer(refusing(slices(0.9, 0.9, 0.9), 0, 1, 2))).toMatchObject({
      refused: 3,
      isRefused: true,
    });
    // One in three, but every run of three contains one.
    expect(volumeAnswer(refusing(slices(0.9, 0.9, 0.9, 0.9, 0.9), 2))).toMatchObject({
      refused: 1,
      isRefused: true,
    });
  });
});

test('the most suspicious slices are those of the highest probabilities', () => {
  expect(highest([0.1, null, 0.8, 0.5], 2)).toEqual([2, 3]);
});
