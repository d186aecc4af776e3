import { expect, test } from 'vitest';
import {
  rangeFrom,
  rangeOf,
  rangeOfAll,
  secondsInAll,
} from '../../../../src-renderer/stages/train/estimates.ts';

const plan = { epochs: 10, patience: 0, imageSize: 224, trainImages: 900, validationImages: 300 };
const rate = { network: 'mobilenetv2', imageSize: 224, imagesPerSecond: 20 } as const;

test('nothing is estimated where nothing was measured', () => {
  expect(rangeFrom('mobilenetv2', plan, [])).toBeNull();
});

test('the newest measurement of the same network and size is used', () => {
  // 10 epochs of 900 + 300 / 3 images at 20 per second: 500 s, and 1.4 times that on a busier computer.
  const older = { ...rate, imagesPerSecond: 5 };
  expect(rangeFrom('mobilenetv2', plan, [older, rate])).toEqual({ low: 500, high: 700 });
});

test('another network or size is estimated by cost and pixels, with more uncertainty', () => {
  // Half the side: a quarter of the pixels.
  const smaller = rangeFrom('mobilenetv2', { ...plan, imageSize: 112 }, [rate])!;
  expect(smaller.low).toBeCloseTo(125 / 1.8, 9);
  expect(smaller.high).toBeCloseTo(175 * 1.8, 9);
  // DenseNet121 costs 3.9 times as much.
  const other = rangeFrom('densenet121', plan, [rate])!;
  expect(other.low).toBeCloseTo((500 * 3.9) / 1.8, 9);
});

test('early stopping is the low end', () => {
  expect(rangeOf(100, { epochs: 10, patience: 4 })).toEqual({ low: 50, high: 140 });
  expect(rangeOf(100, { epochs: 10, patience: 30 })).toEqual({ low: 100, high: 140 });
});

test('several devices share the runs', () => {
  const ranges = [10, 20, 30].map((low) => ({ low, high: 2 * low }));
  expect(rangeOfAll(ranges, 1)).toEqual({ low: 60, high: 120 });
  expect(rangeOfAll(ranges, 2)).toEqual({ low: 40, high: 80 });
  expect(secondsInAll([{ secondsInAll: 5 }], 0)).toBe(5);
});
