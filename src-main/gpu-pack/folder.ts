import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from '../system/system-reason.ts';
import type { GpuPack, Part } from './gpu-pack.ts';

/**
 * Checks whether a folder or USB stick has all parts, by name and length, before anything is copied.
 * @param needed the parts that are still missing.
 * @throws FalxError `gpu-support` naming the files that are missing, of another version, truncated or unreadable.
 */
export async function lookInFolder(folder: string, pack: GpuPack, needed: readonly Part[]): Promise<void> {
  const names = await namesIn(folder);
  const stray = names.find((name) => isOther(name, pack));
  const missing = needed.filter(({ file }) => !names.includes(file)).map(({ file }) => file);
  if (stray !== undefined && missing.length <= 1) {
    const [instead] = missing.filter((file) => nameOf(file) === nameOf(stray));
    throw new FalxError('packPartOther', { file: stray, folder, needed: instead ?? 'none' });
  }
  if (missing.length > 0)
    throw new FalxError('packPartsMissing', {
      files: missing,
      count: missing.length,
      of: pack.parts.length,
      folder,
    });
  for (const part of needed) await lookAt(path.join(folder, part.file), part);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new FalxError('packFolder', { folder, reason: systemReason(cause) }, { cause });
  }
}

/** The first part of a wheel's name: `nvidia_cublas_cu12`. */
const nameOf = (file: string): string => file.split('-')[0]!.toLowerCase();

/** A wheel of the same library in another version: it must be clear which one is used. */
const isOther = (name: string, { parts }: GpuPack): boolean =>
  /\.whl$/i.test(name) &&
  parts.some(({ file }) => nameOf(file) === nameOf(name)) &&
  !parts.some(({ file }) => file === name);

async function lookAt(place: string, { file, bytes }: Part): Promise<void> {
  try {
    const found = await stat(place);
    if (!found.isFile())
      throw new FalxError('packPartNoFile', { file, kind: found.isDirectory() ? 'folder' : 'other' });
    if (found.size !== bytes)
      throw new FalxError('packPartLength', { file, expected: bytes, received: found.size });
    await access(place, constants.R_OK);
  } catch (cause) {
    throw cause instanceof FalxError ? cause : unreadable(file, cause);
  }
}

/** A part that the system can't read. */
export const unreadable = (file: string, cause: unknown): FalxError =>
  new FalxError('packPartUnreadable', { file, reason: systemReason(cause) }, { cause });

/** A part that differs from the published one. */
export const changed = ({ file, sha256 }: Part, received: string): FalxError =>
  new FalxError('packPartChanged', { file, expected: sha256, received });
