import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { isRunBy, processStart, releaseAbandonedRuns } from '../../src-main/train/abandoned.ts';
import * as sample from '../registry/sample-records.ts';

const unshare = ['unshare', '--pid', '--fork', '--kill-child'];
const namespaces =
  process.platform === 'linux' && spawnSync(unshare[0]!, [...unshare.slice(1), 'true']).status === 0;

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-abandoned-'));
  registry = Registry.open(home);
  registry.datasets.add(sample.dataset('ds-1'), [sample.image('a.png')], []);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  registry.runs.add(sample.run('run-1', 'sp-1'));
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

const claiming = path.join(import.meta.dirname, 'claim.child.ts');

/** A process that has claimed the run and stays alive. @param wrapped a program that starts it. */
async function claimed(wrapped: readonly string[] = []) {
  const [program, ...args] = [...wrapped, process.execPath, claiming, home];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    end: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
/** A claim as it would look if the clock had since been set forward by an hour. */
const setClockForward = () =>
  registry.runs.update('run-1', { started: new Date(Date.now() - 3_600_000).toISOString() });

describe('a run left running', () => {
  test('by a process that is gone becomes interrupted, with what to do', async () => {
    const child = await claimed();
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    await child.end();
    const [released] = releaseAbandonedRuns(registry);
    expect(released).toMatchObject({ id: 'run-1', status: 'interrupted' });
    expect(released!.error).toContain('falx train --resume run-1');
    expect(released!.ended).not.toBeNull();
    expect(releaseAbandonedRuns(registry)).toEqual([]);
  });

  test('by an earlier Falx, which took no lock, is known by its process', async () => {
    const db = new SQLite(path.join(home, 'registry.sqlite'));
    db.prepare("UPDATE runs SET status = 'running', pid = ?").run(process.pid);
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    db.prepare('UPDATE runs SET pid = ?').run(await deadProcess());
    db.close();
    expect(releaseAbandonedRuns(registry)).toHaveLength(1);
  });

  test('by a living process is not taken for abandoned after the clock was set forward', async () => {
    const child = await claimed();
    setClockForward();
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    expect(registry.runs.get('run-1').status).toBe('running');
    await child.end();
    expect(releaseAbandonedRuns(registry)).toHaveLength(1);
  });

  test.skipIf(!namespaces)(
    'by a living process in another PID namespace is left alone (needs unshare and root)',
    async () => {
      const child = await claimed(unshare);
      setClockForward();
      // Its own process id there is a small one, which here belongs to another process.
      expect(registry.runs.runnerPid('run-1')).toBeLessThan(20);
      expect(releaseAbandonedRuns(registry)).toEqual([]);
      await child.end();
      expect(releaseAbandonedRuns(registry)).toHaveLength(1);
    },
  );

  test('that ends and is begun anew is held anew', () => {
    registry.queue.claimNext(process.pid);
    registry.runs.update('run-1', { status: 'interrupted' });
    expect(registry.runs.isHeld('run-1')).toBe(false);
    registry.runs.update('run-1', { status: 'queued' });
    const other = Registry.open(home);
    expect(other.queue.claimNext(process.pid)?.id).toBe('run-1');
    expect(registry.runs.isHeld('run-1')).toBe(true);
    other.close();
    expect(registry.runs.isHeld('run-1')).toBe(false);
    expect(releaseAbandonedRuns(registry)).toHaveLength(1);
  });

  test('and done leaves its lock where it is: one who waits for it and one who comes later ask for the same', () => {
    registry.queue.claimNext(process.pid);
    const file = path.join(home, 'locks', 'run-1.lock');
    const before = statSync(file).ino;
    registry.runs.update('run-1', { status: 'done' });
    expect(statSync(file).ino).toBe(before);
  });

  test('by a process that lives is left alone', () => {
    registry.queue.claimNext(process.pid);
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    expect(registry.runs.get('run-1').status).toBe('running');
  });

  test('and not yet begun is left alone', () => {
    expect(releaseAbandonedRuns(registry)).toEqual([]);
    expect(registry.runs.get('run-1').status).toBe('queued');
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
