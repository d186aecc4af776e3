import { FalxError } from '../contract/errors.ts';

/** What a system calls a disk that is full, worn out, or not to be written. */
const ofDisk = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** A system's error of a disk that nobody has worded, as a FalxError that is no fault of Falx; everything else as it is. */
export function diskError(error: unknown): unknown {
  const { code, path, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof FalxError || code === undefined || !ofDisk.has(code)) return error;
  return new FalxError(
    'disk',
    `${path ?? 'A file'} could not be read or written (${message}). Free some space, or see whether the disk works, and try again.`,
    { why: 'diskFailed', file: path ?? 'none', reason: message },
    { cause: error },
  );
}
