import { afterEach, beforeEach, expect, test } from 'vitest';
import { setImmediate } from 'node:timers/promises';
import { isRead } from '../../src-main/check/scan-groups.ts';
import { CheckReader } from '../../src-main/core/check-reader.ts';
import { openLog } from '../../src-main/core/log.ts';
import { addTwinned, newRegistry, type Made } from '../check/dataset.ts';

let made: Made;
beforeEach(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 40);
});
afterEach(() => made.remove());

test('a check is read ahead, but not before the pictures of its first page had their turns', async () => {
  const pictures = Promise.withResolvers<void>();
  const reader = new CheckReader({
    registry: made.registry,
    log: openLog(made.home),
    pause: () => pictures.promise,
  });
  reader.read('ds-1');
  for (let turn = 0; turn < 50; turn += 1) await setImmediate();
  expect(isRead(made.registry, 'ds-1')).toBe(false);
  pictures.resolve();
  await expect.poll(() => isRead(made.registry, 'ds-1')).toBe(true);
  await reader.close();
});

test('one that is closed meanwhile reads nothing more', async () => {
  const reader = new CheckReader({ registry: made.registry, log: openLog(made.home) });
  reader.read('ds-1');
  await reader.close();
  expect(isRead(made.registry, 'ds-1')).toBe(false);
});
