import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { isRunBy, processStart, releaseAbandonedRuns } from '../../src-main/train/abandoned.ts';
import * as sample from '../registry/records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-abandoned-'));
  registry = Registry.open(home);
  registry.addDataset(sample.dataset('ds-1'), [sample.image('a.png')], []);
  registry.addSplit(sample.split('sp-1', 'ds-1'), []);
  registry.addRun(sample.run('run-1', 'sp-1'));
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

/** The id of a process that has just ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

describe('a run left running', () => {
  test('by a process that is gone becomes interrupted, with what to do', async () => {
    registry.claimNextQueued(await deadProcess());
    const [released] = releaseAbandonedRuns(registry);
    expect(released).toMatchObject({ id: 'run-1', status: 'interrupted' });
    expect(released!.error).toContain('falx train --resume run-1');
    expect(released!.ended).not.toBeNull();
    expect(releaseAbandonedRuns(registry)).toEqual([]);
  });

  test('by a process that lives is left alone', () => {
    registry.claimNextQueued(process.pid);
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    expect(registry.run('run-1').status).toBe('running');
  });

  test('and not yet begun is left alone', () => {
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    expect(registry.run('run-1').status).toBe('queued');
  });
});

describe.skipIf(!existsSync('/proc/self/stat'))('a process id that was given again', () => {
  test('is not taken for the process that had it', () => {
    const start = processStart(process.pid)!;
    const measured = Date.now() - process.uptime() * 1000;
    expect(Math.abs(start - measured)).toBeLessThan(2000);
    expect(isRunBy(process.pid, new Date(start + 60_000).toISOString())).toBe(true);
    expect(isRunBy(process.pid, new Date(start - 60_000).toISOString())).toBe(false);
  });
});
