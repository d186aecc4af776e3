import { statfs } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';

/** Bytes that are left free on the disk whatever comes: the registry and checkpoints need room too. */
export const RESERVE = 512 * 2 ** 20;

/** Bytes that are free on a folder's disk for who asks. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws FalxError `disk` when a folder's disk has no room for so many bytes more. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - bytes > RESERVE) return;
  throw new FalxError('noRoom', { file: folder, size: bytes, free, reserve: RESERVE });
}
