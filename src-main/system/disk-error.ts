import { FalxError } from '../contract/errors.ts';
import { systemReason } from './system-reason.ts';

/** What a system calls a disk that is full, worn out, or not to be written. */
const ofDisk = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** A system's error of a disk that nobody has worded, as a FalxError that is no fault of Falx; everything else as it is. */
export function diskError(error: unknown): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof FalxError || code === undefined || !ofDisk.has(code)) return error;
  return new FalxError('diskFailed', { file: path ?? 'none', reason: systemReason(error) }, { cause: error });
}

/** Whether a system's error code says that a disk, or one's share of it, is full. */
export const isFull = (code: string | undefined): boolean => code === 'ENOSPC' || code === 'EDQUOT';

/** How a system says that a disk, or one's share of it, is full; TensorFlow says it in the same words. */
const full = /No space left on device|\bENOSPC\b|\bEDQUOT\b|Disk quota exceeded/i;

/** Whether a system's or library's words say that a disk is full: for errors that have no code. */
export const saysDiskFull = (text: string): boolean => full.test(text);

/** Whether a reason that an error carries is that a disk is full. */
export const isFullReason = (reason: unknown): boolean =>
  (reason as { code?: unknown } | null | undefined)?.code === 'systemDiskFull';
