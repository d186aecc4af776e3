import { expect, test } from 'vitest';
import { queueSecondsLeft } from '../../src-main/train/time-left.ts';
import * as sample from '../registry/records.ts';

test('a queue takes what is left of its run, and as long for each run as its network, size and epochs ask', () => {
  const current = sample.run('run-1', 'sp-1');
  const twice = { ...current, settings: { ...current.settings, epochs: 2 * current.settings.epochs } };
  const larger = {
    ...current,
    settings: { ...current.settings, pixels: { ...current.settings.pixels, imageSize: 192 } },
  };
  expect(queueSecondsLeft(current, 30, 70, [])).toBe(70);
  // The current run takes 100 s in all: the same again is 100 s, twice the epochs 200 s, twice the side 400 s.
  expect(queueSecondsLeft(current, 30, 70, [current, twice, larger])).toBeCloseTo(70 + 100 + 200 + 400);
});
