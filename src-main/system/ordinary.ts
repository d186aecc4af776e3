import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';

/** Thrown for special files: reading a pipe would block, and a device may never end. */
export class NotOrdinary extends Error {
  constructor(kind: 'folder' | 'other') {
    super(kind === 'folder' ? 'it is a folder' : 'it is no ordinary file');
    this.name = 'NotOrdinary';
  }
}

/**
 * Opens an ordinary file for reading. Special files are never opened, even if one has just taken its place.
 * @throws NotOrdinary, or Error of the file system.
 */
export async function openOrdinary(file: string): Promise<FileHandle> {
  requireOrdinary(await stat(file));
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    requireOrdinary(await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function requireOrdinary(found: { isFile(): boolean; isDirectory(): boolean }): void {
  if (!found.isFile()) throw new NotOrdinary(found.isDirectory() ? 'folder' : 'other');
}
