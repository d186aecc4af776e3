import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { freeBytes, RESERVE } from '../system/free-space.ts';
import type { Part } from './gpu-pack.ts';

/**
 * The most that parts take while they are put together one after another: all that is unpacked by then, and the part that is
 * being unpacked. @param have bytes of the first that have been fetched already.
 */
export function mostRoom(parts: readonly Part[], have = 0): number {
  let [unpacked, most] = [0, 0];
  for (const { bytes, unpackedBytes } of parts) {
    unpacked += unpackedBytes;
    most = Math.max(most, unpacked + bytes);
  }
  return Math.max(0, most - have);
}

/** @throws FalxError `disk` when the disk of a folder has no room for so many bytes more. */
export async function requireRoomFor(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - bytes > RESERVE) return;
  throw noRoom(folder, bytes + RESERVE, free);
}

/** @param needed null when the disk became full meanwhile. */
export function noRoom(folder: string, needed: number | null, free: number): FalxError {
  return needed === null
    ? new FalxError('packDiskFull', { folder })
    : new FalxError('packNoRoom', { folder, size: needed, free });
}

/** Bytes of all files below a folder, which may come and go meanwhile. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(path.join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0, // gone by now
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
