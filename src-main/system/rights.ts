import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** What files and folders of the person who started Falx may not be: their own mask, before `keepPrivate`. */
let usualMask: number | null = null;

/**
 * From now on whatever this process and its workers make is the user's alone: folders 0700, files 0600, whatever the
 * umask is. On Windows the user's own folders are private already.
 */
export function keepPrivate(): void {
  if (process.platform === 'win32') return;
  const before = process.umask(0o077);
  if (usualMask === null || before !== 0o077) usualMask = before;
}

/** Gives what was made for others to use, outside the home, the rights that the user's files have by default. */
export function shareAsUsual(target: string): void {
  if (process.platform === 'win32' || usualMask === null) return;
  const mask = usualMask;
  each(target, (file, isFolder) => chmodSync(file, (isFolder ? 0o777 : 0o666) & ~mask));
}

/** What lies in a home that is Falx's own; anything else there is left alone. */
const own =
  /^(registry\.sqlite.*|runs|logs|cache|uploads|imports|weights|desktop|samples|backups|locks|window.*\.json)$/;

/**
 * Takes from other users what rights they have in a home, as earlier versions left them.
 * @returns how many files and folders were changed. @throws Error of the file system, for a home of somebody else's.
 */
export function restrictRights(home: string): number {
  if (process.platform === 'win32') return 0;
  let changed = 0;
  const mend = (file: string): void => {
    const { mode } = lstatSync(file);
    if ((mode & 0o077) === 0) return;
    chmodSync(file, mode & 0o700);
    changed += 1;
  };
  const registry = path.join(home, 'registry.sqlite');
  const isOpen = (file: string): boolean =>
    ((lstatSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
  // The way in is closed last, so that what was broken off is done again.
  const shared = (lstatSync(home).mode & 0o1000) !== 0;
  if ((shared || !isOpen(home)) && !isOpen(registry)) return 0;
  for (const name of readdirSync(home)) if (own.test(name)) each(path.join(home, name), mend);
  // A folder that is for everybody, such as /tmp, stays so: what is Falx's in it is private all the same.
  if (!shared) mend(home);
  return changed;
}

/** A file, or a folder with all in it, the inner ones first; links, devices and pipes are left alone. */
function each(target: string, act: (file: string, isFolder: boolean) => void): void {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (!found || !(found.isFile() || found.isDirectory())) return;
  if (found.isDirectory()) for (const name of readdirSync(target)) each(path.join(target, name), act);
  act(target, found.isDirectory());
}
