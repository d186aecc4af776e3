import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from './system-reason.ts';

/**
 * Makes a folder and those above it. (Node's own `recursive` never returns where a file system such as /proc takes no
 * folders and says that the one above is not there.)
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
      // Else another process was as quick.
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

/** What a path leads through, such as a file, is no folder either. */
function isFolder(at: string): boolean {
  try {
    return statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}
