import { z } from 'zod';
import { error } from '../entry.ts';
import { bytes, fact, message, text } from '../parameters.ts';

/** Folders that are listed, and the disk. */
export const files = {
  folderNotAbsolute: error('bad-usage', { folder: text }),
  fileNotAbsolute: error('bad-usage', { file: text }),
  folderMissing: error('not-found', { folder: text }),
  folderIsFile: error('bad-usage', { folder: text }),
  folderNotOpened: error('unreadable-file', { folder: text, code: fact(z.string()), reason: message }),
  /** A disk error without a message of its own. @param file `none` if the system does not name it. */
  diskFailed: error('disk', { file: text, reason: message }),
  folderNotMade: error('disk', { folder: text, reason: message }),
  /** @param size needed. @param reserve share of `free` that must stay free. */
  noRoom: error('disk', { file: text, size: bytes, free: bytes, reserve: bytes }),
} as const;
