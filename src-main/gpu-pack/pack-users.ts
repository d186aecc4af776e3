import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Processes of this user that have a library of a folder loaded, from the kernel's own list; empty if it keeps none. One that is
 * only starting to load it may be missed.
 */
export function usersOf(folder: string): number[] {
  const below = `${path.resolve(folder)}${path.sep}`;
  return processes().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/maps`, 'utf8').includes(below);
    } catch {
      return false; // it has ended, or is another user's
    }
  });
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // not Linux
  }
}
