import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The umask of the user who started Falx, before `keepPrivate`. */
let usualMask: number | null = null;

/**
 * From now on everything that this process and its workers create is the user's alone: folders 0700, files 0600, whatever the umask
 * is. On Windows the user's own folders are private already.
 */
export function keepPrivate(): void {
  if (process.platform === 'win32') return;
  const before = process.umask(0o077);
  if (usualMask === null || before !== 0o077) usualMask = before;
}

/** Gives files created for others, outside the home, the permissions that the user's files have by default. */
export function shareAsUsual(target: string): void {
  if (process.platform === 'win32' || usualMask === null) return;
  const mask = usualMask;
  each(target, (file, isFolder) => chmodSync(file, (isFolder ? 0o777 : 0o666) & ~mask));
}

/** Falx's own entries in a home; anything else there is left alone. */
const own =
  /^(registry\.sqlite.*|runs|logs|cache|uploads|imports|weights|desktop|samples|backups|locks|window.*\.json)$/;

/**
 * Removes other users' permissions in a home, as left by earlier versions.
 * @returns the number of files and folders changed. @throws Error of the file system, for another user's home.
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
  // The home itself last, so that an interrupted run is repeated.
  const shared = (lstatSync(home).mode & 0o1000) !== 0;
  if ((shared || !isOpen(home)) && !isOpen(registry)) return 0;
  for (const name of readdirSync(home)) if (own.test(name)) each(path.join(home, name), mend);
  // A shared folder, such as /tmp, stays shared: Falx's entries in it are private all the same.
  if (!shared) mend(home);
  return changed;
}

/** A file, or a folder with all its content, the inner entries first; links, devices and pipes are left alone. */
function each(target: string, act: (file: string, isFolder: boolean) => void): void {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (!found || !(found.isFile() || found.isDirectory())) return;
  if (found.isDirectory()) for (const name of readdirSync(target)) each(path.join(target, name), act);
  act(target, found.isDirectory());
}
