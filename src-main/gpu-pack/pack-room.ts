import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { freeBytes, RESERVE } from '../system/free-space.ts';
import type { Part } from './gpu-pack.ts';

/**
 * Peak disk space of parts while they are installed one after another: everything unpacked by then, and the part that is being
 * unpacked. @param have bytes of the first part that are downloaded already.
 */
export function mostRoom(parts: readonly Part[], have = 0): number {
  let [unpacked, most] = [0, 0];
  for (const { bytes, unpackedBytes } of parts) {
    unpacked += unpackedBytes;
    most = Math.max(most, unpacked + bytes);
  }
  return Math.max(0, most - have);
}

/** @throws FalxError `disk` if a folder's disk has no room for this many more bytes. */
export async function requireRoomFor(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - bytes > RESERVE) return;
  throw noRoom(folder, bytes + RESERVE, free);
}

/** @param needed null if the disk became full meanwhile. */
export function noRoom(folder: string, needed: number | null, free: number): FalxError {
  return needed === null
    ? new FalxError('packDiskFull', { folder })
    : new FalxError('packNoRoom', { folder, size: needed, free });
}

/** Size of all files below a folder, which may change meanwhile. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(path.join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0, // deleted by now
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
