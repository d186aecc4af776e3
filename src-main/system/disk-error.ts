import { FalxError } from '../contract/errors.ts';
import { systemReason } from './system-reason.ts';

/** Error codes of a disk that is full, failing, or read-only. */
const ofDisk = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** Turns an unhandled disk error of the system into a FalxError that is no bug in Falx; returns anything else as it is. */
export function diskError(error: unknown): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof FalxError || code === undefined || !ofDisk.has(code)) return error;
  return new FalxError('diskFailed', { file: path ?? 'none', reason: systemReason(error) }, { cause: error });
}

/** Whether a system's error code means that a disk, or the user's quota, is full. */
export const isFull = (code: string | undefined): boolean => code === 'ENOSPC' || code === 'EDQUOT';

/** The system's wording for a full disk or quota; TensorFlow uses the same. */
const full = /No space left on device|\bENOSPC\b|\bEDQUOT\b|Disk quota exceeded/i;

/** Whether a system's or library's message means that a disk is full: for errors without a code. */
export const saysDiskFull = (text: string): boolean => full.test(text);

/** Whether an error's reason is a full disk. */
export const isFullReason = (reason: unknown): boolean =>
  (reason as { code?: unknown } | null | undefined)?.code === 'systemDiskFull';
