import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from './system-reason.ts';

/**
 * Creates a folder and its parents. (Node's own `recursive` never returns on a file system such as /proc that accepts no folders
 * and reports the parent as missing.)
 * @throws Error of the file system.
 */
export function makeFolders(folder: string): void {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !isFolder(at); at = path.dirname(at)) {
    missing.push(at);
    if (path.dirname(at) === at) break;
  }
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // Otherwise another process was faster.
      if (!isFolder(one))
        throw Object.assign(new Error(`${one} is no folder`, { cause: error }), { code: 'ENOTDIR' });
    }
  }
}

/** The same. @throws FalxError `disk`, naming the folder. */
export function provideFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    throw new FalxError('folderNotMade', { folder, reason: systemReason(cause) }, { cause });
  }
}

/** A path that leads through a file is no folder either. */
function isFolder(at: string): boolean {
  try {
    return statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}
