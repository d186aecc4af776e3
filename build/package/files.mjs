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
 * Files of a package. Their modes are set explicitly, whatever the umask, and their times are the commit's, so that two
 * builds of it are identical byte for byte.
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
 * @param {number} [mode] by default depends on whether the file is executable
 */
export function copy(from, to, mode) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode ?? (lstatSync(from).mode & 0o100 ? 0o755 : 0o644));
}

/**
 * Copies the files and links of a folder for which `accepts` returns true.
 * @param {string} from
 * @param {string} to
 * @param {(file: string) => boolean} [accepts] receives the path relative to `from`, with slashes
 */
export function copyFolder(from, to, accepts = () => true) {
  for (const { path, link } of listFiles(from)) {
    if (!accepts(path)) continue;
    if (link === null) copy(join(from, path), join(to, path));
    else {
      mkdirSync(dirname(join(to, path)), { recursive: true });
      symlinkSync(link, join(to, path));
    }
  }
}

/**
 * All files and links in a folder and its subfolders, sorted by path.
 * @param {string} folder
 * @returns {{ path: string, bytes: number, link: string | null }[]} `path` is relative to the folder, with slashes
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
 * Sets one modification time for a folder and everything in it, and one mode for all folders.
 * @param {string} folder
 * @param {number} seconds since 1970
 */
export function normaliseTree(folder, seconds) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normaliseTree(path, seconds);
    else lutimesSync(path, seconds, seconds);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, seconds, seconds);
}
