import { expect, test } from 'vitest';
import { QueueEstimate } from '../../src-main/train/time-left.ts';
import * as sample from '../registry/sample-records.ts';

const run = sample.run('run-1', 'sp-1');
const twice = { ...run, settings: { ...run.settings, epochs: 2 * run.settings.epochs } };
const larger = {
  ...run,
  settings: { ...run.settings, pixels: { ...run.settings.pixels, imageSize: 192 } },
};

test('a queue takes what is left of its run, and as long for each run as its network, size and epochs ask', () => {
  const clock = new QueueEstimate();
  expect(clock.secondsLeft([run], 1)).toBeNull();
  clock.update(run, 30, 70);
  expect(clock.secondsLeft([], 1)).toBe(70);
  // The run takes 100 s in total: the same again is 100 s, twice the epochs 200 s, twice the side 400 s.
  expect(clock.secondsLeft([run, twice, larger], 1)).toBeCloseTo(70 + 100 + 200 + 400);
});

test('on two devices each run begins where it is free first', () => {
  const clock = new QueueEstimate();
  clock.update(run, 30, 70);
  clock.update({ ...run, id: 'run-2' }, 90, 10);
  // Free after 70 and 10 s, both at 100 s per run. Three more: 10 + 100, 70 + 100, 110 + 100.
  expect(clock.secondsLeft([run, run, run], 2)).toBeCloseTo(210);
  // One is over: its device is free at once. 0 + 100, 70 + 100, 100 + 100.
  clock.ended('run-2');
  expect(clock.secondsLeft([run, run, run], 2)).toBeCloseTo(200);
  // With a third device that is idle, 0 + 100 twice, 70 + 100.
  expect(clock.secondsLeft([run, run, run], 3)).toBeCloseTo(170);
  clock.ended('run-1');
  expect(clock.secondsLeft([run], 2)).toBeNull();
});
