import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * Files on their way into a package. Their modes are what they are made to be here, whatever the umask, and their times
 * those of the commit: two builds of it are the same, byte for byte.
 */

/**
 * @param {string} file
 * @param {string} content
 * @param {number} [mode]
 */
export function write(file, content, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {number} [mode] as the file is executable or not, when left out
 */
export function copy(from, to, mode) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode ?? (lstatSync(from).mode & 0o100 ? 0o755 : 0o644));
}

/**
 * Copies a folder's files and links for which `wanted` holds.
 * @param {string} from
 * @param {string} to
 * @param {(file: string) => boolean} [wanted] gets the path below `from`, with slashes
 */
export function copyFolder(from, to, wanted = () => true) {
  for (const { path, link } of listFiles(from)) {
    if (!wanted(path)) continue;
    if (link === null) copy(join(from, path), join(to, path));
    else {
      mkdirSync(dirname(join(to, path)), { recursive: true });
      symlinkSync(link, join(to, path));
    }
  }
}

/**
 * All files and links below a folder, sorted by path.
 * @param {string} folder
 * @returns {{ path: string, bytes: number, link: string | null }[]} `path` is below the folder, with slashes
 */
export function listFiles(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(folder.length + 1).replaceAll('\\', '/');
      const link = entry.isSymbolicLink() ? readlinkSync(file) : null;
      return { path, bytes: link === null ? lstatSync(file).size : 0, link };
    });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Gives everything below a folder, and the folder, one time and folders one mode.
 * @param {string} folder
 * @param {number} seconds since 1970
 */
export function settle(folder, seconds) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settle(path, seconds);
    else lutimesSync(path, seconds, seconds);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, seconds, seconds);
}
