import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Registry } from '../../../src-main/registry/registry.ts';
import { prepare, simulate } from './schedule.ts';

/*
 * npm run torture:schedules -- [--count 10000] [--seed 1] [--only SEED]
 * Runs the real training queue through random schedules, and lists those that violated its guarantees. --only SEED repeats such
 * a schedule, with its events.
 */

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const memory = '/dev/shm';
const home = mkdtempSync(path.join(existsSync(memory) ? memory : tmpdir(), 'falx-schedules-'));
const registry = Registry.open(home);
const began = performance.now();
const sums = { schedules: 0, runs: 0, workers: 0, lost: 0, removed: 0, failed: 0 };
const ends: Record<string, number> = {};
try {
  prepare(registry);
  const first = Number(values.only ?? values.seed);
  const count = values.only === undefined ? Number(values.count) : 1;
  for (let seed = first; seed < first + count; seed++) {
    const told = await simulate(seed, registry);
    sums.schedules++;
    sums.runs += told.runs;
    sums.workers += told.workers;
    sums.lost += told.lost;
    sums.removed += told.removed;
    for (const end of told.ends) ends[end] = (ends[end] ?? 0) + 1;
    if (values.only !== undefined) console.log(told.story.join('\n'));
    if (told.wrong.length === 0) continue;
    sums.failed++;
    if (sums.failed <= 20) console.log(`seed ${seed}: ${told.wrong.slice(0, 3).join('; ')}`);
  }
} finally {
  registry.close();
  rmSync(home, { recursive: true, force: true });
}
const seconds = (performance.now() - began) / 1000;
console.log(
  `${sums.schedules} schedules, ${sums.runs} runs, ${sums.workers} workers, ${sums.lost} calls that the registry failed, ${sums.removed} runs deleted in ${seconds.toFixed(0)} s; ` +
    `ended at first: ${JSON.stringify(ends)}; ${sums.failed} broke a promise`,
);
process.exitCode = sums.failed > 0 ? 1 : 0;
