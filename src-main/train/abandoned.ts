import { readFileSync } from 'node:fs';
import { message } from '../contract/messages/catalogue.ts';
import type { Run } from '../contract/records.ts';
import { endedBy } from './ended-by.ts';
import type { Registry } from '../registry/registry.ts';
import { isAlive } from '../system/processes.ts';

/** Marks each `running` run whose process is gone as `interrupted`. @returns these runs. */
export function releaseAbandonedRuns(registry: Registry): Run[] {
  if (registry.readOnly) return [];
  const running = () => registry.runs.list({ status: 'running', removed: 'any' });
  if (!running().some((run) => isAbandoned(registry, run))) return [];
  // Checked again in a transaction: it may have ended just now.
  return registry.transaction(() => {
    const abandoned = running().filter((run) => isAbandoned(registry, run));
    for (const run of abandoned)
      registry.runs.update(run.id, {
        status: 'interrupted',
        ended: new Date().toISOString(),
        ...endedBy(message('runAbandoned', { run: run.id })),
      });
    return abandoned.map((run) => registry.runs.get(run.id));
  });
}

/** Decided by the lock, whatever the clocks and pid namespaces; without one, by what is known of the process. */
const isAbandoned = (registry: Registry, run: Run): boolean =>
  !(registry.runs.isHeld(run.id) ?? isRunBy(registry.runs.runnerPid(run.id), run.started));

/**
 * Whether a process is alive and is the one that claimed a run at a given time. Pids are reused: a process that started after the
 * claim is another one.
 */
export function isRunBy(pid: number | null, claimed: string | null): boolean {
  if (pid === null || !isAlive(pid)) return false;
  // A zombie: it has ended, but its parent has not collected its status.
  if (processFields(pid)?.[0] === 'Z') return false;
  const started = processStart(pid);
  if (started === null || claimed === null) return true;
  const slack = 2000; // ms: the kernel's ticks are rounded, and wall clocks are adjusted
  return started <= Date.parse(claimed) + slack;
}

/** When a process started, milliseconds since 1970; null without /proc. */
export function processStart(pid: number): number | null {
  const fields = processFields(pid);
  if (!fields) return null;
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const ticksPerSecond = 100; // USER_HZ, the same on every architecture Falx runs on
  const start = (boot + Number(fields[19]) / ticksPerSecond) * 1000;
  return Number.isFinite(start) ? start : null;
}

/** /proc/PID/stat from its third field (the state) on; null on other systems, or if the process is gone. */
function processFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command's name, may contain spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
