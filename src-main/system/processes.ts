import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whether what a process began, and named by its number, was left behind by one that has died. Numbers come again: in a
 * container every process may have the same.
 * @param busy whether this process is at it itself.
 */
export const isLeftBehind = (pid: number, busy: boolean): boolean =>
  pid === process.pid ? !busy : !isAlive(pid);

/** Whether a process is there, another user's too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether a process began after a time: what was begun then was begun by another that had its number.
 * False where /proc doesn't tell. @param time milliseconds since 1970.
 */
export function beganAfter(pid: number, time: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))![1]);
    return 1000 * (boot + ticks / 100) > time + 2000; // the boot is told in seconds
  } catch {
    return false; // another system, or it is gone
  }
}

/**
 * What a process has used of the processor, in the kernel's ticks, and whether it is stopped; null where /proc doesn't tell.
 * @param first of its first thread alone.
 */
export function workOf(pid: number, first = false): { ticks: number; stopped: boolean } | null {
  try {
    const stat = readFileSync(first ? `/proc/${pid}/task/${pid}/stat` : `/proc/${pid}/stat`, 'utf8');
    // The second field, the command's name, may hold spaces and brackets; the state is the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      ticks: Number(fields[11]) + Number(fields[12]),
      stopped: fields[0] === 'T' || fields[0] === 't',
    };
  } catch {
    return null; // another system, or it is gone
  }
}

/**
 * Whether nothing of a process runs or waits for its turn on the processor, and how much it has moved so far: bytes read and
 * written, pages fetched from a disk. One that rests and moves nothing waits for what may never come. Null where /proc doesn't tell.
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
    return null; // another system, or it or one of its threads has just gone
  }
}
