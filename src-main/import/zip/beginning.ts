import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import type { ParametersOf } from '../../contract/messages/catalogue.ts';
import { systemReason } from '../../system/system-reason.ts';

/** Whether a file is a zip archive, by its first bytes. @throws FalxError `unreadable-file`. */
export async function beginsArchive(file: string): Promise<boolean> {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(await beginningOf(file));
}

/** Of an ordinary file; special files are not read: a pipe would block. */
async function beginningOf(file: string): Promise<string> {
  try {
    if (!(await stat(file)).isFile()) return '';
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new FalxError('sourceNotRead', { file, reason: systemReason(cause) }, { cause });
  }
}

/** The error for a file given in place of a folder or zip archive. @throws FalxError `unreadable-file`. */
export async function refuseFile(file: string): Promise<FalxError> {
  const refuse = (what: ParametersOf<'notToImport'>['what']) =>
    new FalxError('notToImport', { folder: file, what });
  const found = await stat(file);
  if (!found.isFile()) return refuse('notOrdinary');
  const { size } = found;
  const begins = await beginningOf(file);
  if (begins === 'PK\x07\x08' || begins === 'PK00') return refuse('part');
  if (begins.startsWith('MZ')) return refuse('program');
  if (!/\.(zip|7z|rar|tar|t?gz|tgz|t?bz2|t?xz|zst)$/i.test(path.basename(file)) || /\.nii\.gz$/i.test(file))
    return refuse('file');
  return refuse(begins === '' && size === 0 ? 'empty' : 'archive');
}
