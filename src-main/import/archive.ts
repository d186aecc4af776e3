import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { importFolder, type Imported, type ImportOptions } from './handlers.ts';
import { unpack } from './zip/unpack.ts';

/** Whether a path is a zip archive, by its first bytes. */
export async function isArchive(file: string): Promise<boolean> {
  if (!(await stat(file).catch(() => null))?.isFile()) return false;
  const handle = await open(file).catch(() => null); // not to be read: importing it says why
  if (!handle) return false;
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return ['PK\x03\x04', 'PK\x05\x06'].includes(buffer.toString('latin1'));
  } finally {
    await handle.close();
  }
}

/**
 * Imports a folder, or a zip archive of one, which is unpacked below the home first and stays there as long as the
 * dataset. Progress of an archive counts each file twice: once for unpacking it, once for reading it.
 * @throws FalxError as `importFolder` and `unpack`.
 */
export async function importPath(options: ImportOptions): Promise<Imported> {
  const { registry, onProgress, signal } = options;
  const file = path.resolve(options.folder);
  if (!(await isArchive(file))) return importFolder(options);
  const began = performance.now();
  const rate = (done: number) => (1000 * done) / (performance.now() - began);
  const { folder, files } = await unpack({
    home: registry.home,
    file,
    signal,
    onProgress: (done, total) => onProgress?.(done, 2 * total, rate(done)),
  });
  try {
    return await importFolder({
      ...options,
      folder,
      archive: path.basename(file),
      onProgress: (done, total, imagesPerSecond) =>
        onProgress?.(files + done, files + total, imagesPerSecond),
    });
  } catch (error) {
    // One that was stopped goes on from here; one that can't be a dataset is in the way.
    const used = registry.datasets({ removed: 'any' }).some((dataset) => dataset.folder === folder);
    const stopped = error instanceof FalxError && ['cancelled', 'disk', 'registry'].includes(error.code);
    if (!used && !stopped) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
