import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PauseSwitch } from '../../src-main/train/pause.ts';

test('a pause switch tells its turns once each, and sums up the time it was held', async () => {
  const pause = new PauseSwitch();
  const heard: boolean[] = [];
  const off = pause.onChange(() => heard.push(pause.isPaused));
  pause.resume(); // it was not paused
  pause.pause();
  pause.pause();
  await wait(60);
  const during = pause.milliseconds;
  expect(during).toBeGreaterThanOrEqual(50);
  pause.resume();
  const after = pause.milliseconds;
  await wait(60);
  expect(pause.milliseconds).toBe(after);
  expect(after).toBeGreaterThanOrEqual(during);
  off();
  pause.pause();
  expect(heard).toEqual([true, false]);
});
