import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { prepare, simulate } from './simulation/schedule.ts';

/* The first schedules of `npm run torture:schedules`: enough to find an error that one in fifty finds. */

let home: string;
let registry: Registry;
beforeAll(() => {
  const memory = '/dev/shm'; // nothing needs to persist
  home = mkdtempSync(path.join(existsSync(memory) ? memory : tmpdir(), 'falx-schedules-'));
  registry = Registry.open(home);
  prepare(registry);
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

test('whatever befalls workers and registry, each run ends once, is trained by one worker, and can be resumed or deleted', async () => {
  const broken: unknown[] = [];
  let [failures, deleted] = [0, 0];
  for (let seed = 1; seed <= 140; seed++) {
    const { wrong, lost, removed } = await simulate(seed, registry);
    if (wrong.length > 0) broken.push({ seed, wrong });
    failures += lost;
    deleted += removed;
  }
  expect(broken).toEqual([]);
  expect({ failures: failures > 20, deleted: deleted > 3 }).toEqual({ failures: true, deleted: true });
});

test('a schedule is the same each time, so that one that fails can be looked at', async () => {
  const first = await simulate(6, registry);
  expect(first.story.length).toBeGreaterThan(10);
  const { story, ends, workers } = await simulate(6, registry);
  expect({ story, ends, workers }).toEqual({
    story: first.story,
    ends: first.ends,
    workers: first.workers,
  });
});
