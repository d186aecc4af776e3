import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import { inWords } from '../../system/said.ts';

/** Whether a file is a zip archive, by its first bytes. @throws FalxError `unreadable-file`. */
export async function beginsArchive(file: string): Promise<boolean> {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(await beginningOf(file));
}

/** Of an ordinary file; of others nothing is read: a pipe would wait for ever. */
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
    const reason = inWords(cause);
    throw new FalxError(
      'unreadable-file',
      `"${file}" can't be read. ${reason} Mend that, or copy it to where you may read it.`,
      { file, reason },
      { cause },
    );
  }
}

/** What is said of a file that is given in place of a folder or zip archive. @throws FalxError `unreadable-file`. */
export async function refuseFile(file: string): Promise<FalxError> {
  const refuse = (what: string) => new FalxError('bad-dataset', `"${file}" ${what}`, { folder: file });
  const found = await stat(file);
  if (!found.isFile())
    return refuse(
      'is no ordinary file. Give the folder that holds a folder for each class, or a zip archive of it.',
    );
  const { size } = found;
  const begins = await beginningOf(file);
  const folder = 'Give the folder that holds a folder for each class, or a zip archive of it.';
  if (begins === 'PK\x07\x08' || begins === 'PK00')
    return refuse(
      'is a part of an archive in several. Put them together, unpack that, and import the folder.',
    );
  if (begins.startsWith('MZ'))
    return refuse('is a program, one that unpacks itself perhaps. Unpack it, and import the folder.');
  if (!/\.(zip|7z|rar|tar|t?gz|tgz|t?bz2|t?xz|zst)$/i.test(path.basename(file)) || /\.nii\.gz$/i.test(file))
    return refuse(`is a file. ${folder}`);
  if (begins === '' && size === 0)
    return refuse('is empty (0 bytes). Copy it again from where it came from.');
  return refuse('is no zip archive, the only kind that Falx unpacks. Unpack it, and import the folder.');
}
