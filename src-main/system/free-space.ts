import { statfs } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';

/** Bytes always left free on the disk: the registry and checkpoints need space too. */
export const RESERVE = 512 * 2 ** 20;

/** Bytes free on a folder's disk for this user. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws FalxError `disk` if a folder's disk has no room for this many more bytes. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - bytes > RESERVE) return;
  throw new FalxError('noRoom', { file: folder, size: bytes, free, reserve: RESERVE });
}
