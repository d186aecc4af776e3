import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { GpuPack, Part } from './gpu-pack.ts';

/**
 * Looks whether a folder or USB stick has all parts, by name and length, before anything is copied.
 * @param needed those that are not there yet.
 * @throws FalxError `gpu-support` naming the files that are missing, of another version, cut off or can't be read.
 */
export async function lookInFolder(folder: string, pack: GpuPack, needed: readonly Part[]): Promise<void> {
  const names = await namesIn(folder);
  const stray = names.find((name) => isOther(name, pack));
  const missing = needed.filter(({ file }) => !names.includes(file)).map(({ file }) => file);
  if (stray !== undefined && missing.length <= 1) {
    const [instead] = missing.filter((file) => nameOf(file) === nameOf(stray));
    throw new FalxError(
      'gpu-support',
      `GPU support was not added: ${stray} in ${folder} is of another version than this Falx works with` +
        `${instead ? ` (it needs ${instead})` : ''}. The processor goes on working. ` +
        `${instead ? 'Put that file there' : 'Take the file away'} and try again.`,
      { why: 'packPartOther', file: stray, folder, needed: instead ?? 'none' },
    );
  }
  if (missing.length > 0)
    throw new FalxError(
      'gpu-support',
      `GPU support was not added: ${shortList(missing)} ${missing.length === 1 ? 'is' : 'are'} not in ${folder}. The ` +
        'processor goes on working. Put all its files into one folder and choose it again.',
      { why: 'packPartsMissing', files: missing, count: missing.length, of: pack.parts.length, folder },
    );
  for (const part of needed) await lookAt(path.join(folder, part.file), part);
}

const shortList = (files: readonly string[]): string =>
  files.length <= 3 ? files.join(', ') : `${files.slice(0, 3).join(', ')} and ${files.length - 3} more`;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new FalxError(
      'gpu-support',
      `GPU support was not added: the folder ${folder} can't be opened (${reason}). Choose another.`,
      { why: 'packFolder', folder, reason },
      { cause },
    );
  }
}

/** The first part of a wheel's name: `nvidia_cublas_cu12`. */
const nameOf = (file: string): string => file.split('-')[0]!.toLowerCase();

/** A wheel of the same library that is not the one that is wanted: nobody should have to wonder which was taken. */
const isOther = (name: string, { parts }: GpuPack): boolean =>
  /\.whl$/i.test(name) &&
  parts.some(({ file }) => nameOf(file) === nameOf(name)) &&
  !parts.some(({ file }) => file === name);

async function lookAt(place: string, { file, bytes }: Part): Promise<void> {
  try {
    const found = await stat(place);
    if (!found.isFile())
      throw new FalxError(
        'gpu-support',
        `GPU support was not added: ${file} is ${found.isDirectory() ? 'a folder' : 'no ordinary file'}. The processor ` +
          'goes on working. Copy the file itself there.',
        { why: 'packPartNoFile', file, kind: found.isDirectory() ? 'folder' : 'other' },
      );
    if (found.size !== bytes)
      throw new FalxError(
        'gpu-support',
        `GPU support was not added: ${file} should have ${bytes} bytes and has ${found.size}. The processor goes on ` +
          'working. Copy the file again from where it came from.',
        { why: 'packPartLength', file, expected: bytes, received: found.size },
      );
    await access(place, constants.R_OK);
  } catch (cause) {
    throw cause instanceof FalxError ? cause : unreadable(file, cause);
  }
}

/** A part that the system won't read. */
export function unreadable(file: string, cause: unknown): FalxError {
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  return new FalxError(
    'gpu-support',
    `GPU support was not added: ${file} can't be read (${reason}). The processor goes on working. See whether you may read ` +
      'it, or copy it again from where it came from.',
    { why: 'packPartUnreadable', file, reason },
    { cause },
  );
}

/** A part that is another than the published one. */
export const changed = ({ file, sha256 }: Part, received: string): FalxError =>
  new FalxError(
    'gpu-support',
    `GPU support was not added: ${file} is not the published file (SHA-256 ${received}, published ${sha256}). The processor ` +
      'goes on working. Copy it again from where it came from.',
    { why: 'packPartChanged', file, expected: sha256, received },
  );
