import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whether something marked with a pid was left behind by a process that has died. Pids are reused: in a container every process may
 * have the same.
 * @param busy whether this process is working on it itself.
 */
export const isLeftBehind = (pid: number, busy: boolean): boolean =>
  pid === process.pid ? !busy : !isAlive(pid);

/** Whether a process exists, another user's too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether a process started after a time: then something older was begun by another process with its pid. False without /proc.
 * @param time milliseconds since 1970.
 */
export function startedAfter(pid: number, time: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))![1]);
    return 1000 * (boot + ticks / 100) > time + 2000; // boot time is given in seconds
  } catch {
    return false; // another system, or it has ended
  }
}

/**
 * A process's processor time, in the kernel's ticks, and whether it is stopped; null without /proc.
 * @param first only of its main thread.
 */
export function workOf(pid: number, first = false): { ticks: number; stopped: boolean } | null {
  try {
    const stat = readFileSync(first ? `/proc/${pid}/task/${pid}/stat` : `/proc/${pid}/stat`, 'utf8');
    // The second field, the command's name, may contain spaces and brackets; the state is the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      ticks: Number(fields[11]) + Number(fields[12]),
      stopped: fields[0] === 'T' || fields[0] === 't',
    };
  } catch {
    return null; // another system, or it has ended
  }
}

/**
 * Whether no thread of a process is running or runnable, and its I/O so far: bytes read and written, pages read from disk. One that
 * is idle without I/O may wait forever. Null without /proc.
 */
export function restOf(pid: number): { rests: boolean; moved: number } | null {
  try {
    let [rests, moved] = [true, 0];
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      rests &&= fields[0] !== 'R';
      moved += Number(fields[9]); // major faults
    }
    const io = readFileSync(`/proc/${pid}/io`, 'latin1');
    for (const [, bytes] of io.matchAll(/^[rw]char: (\d+)$/gm)) moved += Number(bytes);
    return { rests, moved };
  } catch {
    return null; // another system, or it or one of its threads has just ended
  }
}
