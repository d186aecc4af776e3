import { describe, expect, test } from 'vitest';
import { batchThatFits, type TrialMemory } from '../../src-main/train/trial-memory.ts';

const GB = 1e9;
/** Needs 1 GB, and 0.1 GB for each of 16 images. */
const memory: TrialMemory = { of: 'gpu', free: 10 * GB, atStart: 1 * GB, peak: 2.6 * GB };

describe('the batch that should fit', () => {
  test('is what is left of nine tenths of the free memory, by what an image took', () => {
    expect(batchThatFits(memory, 16)).toBe(80); // (0.9 × 10 − 1) / 0.1
  });

  test.each([
    ['little', 2.3 * GB, 10], // (2.07 − 1) / 0.1
    ['less than the weights', 1 * GB, null],
    ['room for less than an image', 1.2 * GB, null], // (1.08 − 1) / 0.1
  ])('with %s free', (_, free, fits) => {
    expect(batchThatFits({ ...memory, free }, 16)).toBe(fits);
  });

  test('is no larger than a batch may be', () => {
    expect(batchThatFits({ ...memory, free: 1000 * GB }, 16)).toBe(512);
    expect(batchThatFits({ ...memory, peak: memory.atStart }, 16)).toBe(512);
  });
});
