import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';

/** @throws FalxError `bad-usage` for a path that is not absolute. */
export function absoluteFolder(folder: string): string {
  if (path.isAbsolute(folder) && !folder.includes('\0')) return folder;
  throw new FalxError('folderNotAbsolute', { folder });
}
