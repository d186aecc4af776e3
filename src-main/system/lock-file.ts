import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAlive } from './processes.ts';

/** A lock's holder. `started` distinguishes a process from a later one with the same pid; null if the system doesn't say. */
type Holder = { pid: number; host: string; started: string | null };

/**
 * Takes a lock file that only one process at a time can have; that of a dead process is taken over.
 * @returns the function to release it; null while another process, or this one, has it.
 * @throws if the file can't be written.
 */
export function takeLock(file: string): (() => void) | null {
  const mine: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  while (!written(file, JSON.stringify(mine))) {
    const holder = holderOf(file);
    if (holder === undefined) continue; // released meanwhile
    if (holder !== null && (holder.host !== hostname() || lives(holder))) return null;
    // Moved aside first, so that if several find its holder dead only one removes it.
    const aside = `${file}.${process.pid}.dead`;
    try {
      renameSync(file, aside);
    } catch (error) {
      if (existsSync(file)) throw error;
    }
    rmSync(aside, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** Whether any process has it. */
export function isLocked(file: string): boolean {
  const holder = holderOf(file);
  return !!holder && (holder.host !== hostname() || lives(holder));
}

function written(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null for one that a power cut damaged, undefined if there is none. */
function holderOf(file: string): Holder | null | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const lives = ({ pid, started }: Holder): boolean =>
  isAlive(pid) && (started === null || startOf(pid) === started);

/** When a process started, in the kernel's ticks since boot, with the boot's id; null if unknown. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may contain anything; the start is field 22.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${ticks}`;
  } catch {
    return null; // not Linux, or it has ended
  }
}
