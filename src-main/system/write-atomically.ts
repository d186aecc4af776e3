import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

/**
 * Writes a small file that is there whole or not at all, whatever stops the machine; what was there before stays until then.
 * Where a link leads to is written, and the link stays; what is no ordinary file, such as /dev/stdout, is written into, never
 * replaced.
 */
export async function writeAtomically(file: string, text: string | Uint8Array): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found && !found.isFile() && !found.isDirectory()) return writeFile(file, text);
  const target = found ? await realpath(file) : file;
  const temporary = `${target}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, text, { flush: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
