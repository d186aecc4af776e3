import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

/**
 * Writes a small file atomically, whenever the machine stops; the former one stays until then. A link's target is written, and the
 * link stays; a special file, such as /dev/stdout, is written to, never replaced.
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
