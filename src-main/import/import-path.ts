import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError, recreatedError } from '../contract/errors.ts';
import { importFolder, type Imported, type ImportOptions } from './import-handlers.ts';
import { beginsArchive, refuseFile } from './zip/beginning.ts';
import { unpack } from './zip/unpack-zip.ts';

/**
 * Imports a folder, or a zip archive of one, which is unpacked below the home first and kept as long as the dataset. Progress of an
 * archive counts each file twice: once for unpacking it, once for reading it.
 * @throws FalxError as `importFolder`, `unpack` and `refuseFile`.
 */
export async function importPath(options: ImportOptions): Promise<Imported> {
  const { registry, onProgress, signal } = options;
  if (options.folder === '') throw new FalxError('folderNameEmpty', {});
  const file = path.resolve(options.folder);
  if ((await stat(file).catch(() => null))?.isDirectory() !== false) return importFolder(options);
  if (!(await beginsArchive(file))) throw await refuseFile(file);
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
    // A stopped import continues from here; a folder that can't be a dataset is removed.
    const used = registry.datasets.list({ removed: 'any' }).some((dataset) => dataset.folder === folder);
    const stopped = error instanceof FalxError && ['cancelled', 'disk', 'registry'].includes(error.code);
    if (!used && !stopped) await rm(folder, { recursive: true, force: true });
    throw stopped ? error : ofArchive(error, folder, file);
  }
}

/** Rewords an error on the unpacked folder for the archive: users don't know that folder, and it is deleted. */
function ofArchive(error: unknown, folder: string, archive: string): unknown {
  if (!(error instanceof FalxError)) return error;
  const { code, parameters } = error.asMessage;
  const moved = Object.entries(parameters).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'string' ? inArchive(value, folder, archive) : value,
  ]);
  const facts = { why: code, ...Object.fromEntries(moved) };
  return recreatedError({ code: error.code, message: error.message, facts }, { cause: error });
}

/** A path in the folder as one in the archive; anything else unchanged. */
const inArchive = (place: string, folder: string, archive: string): string =>
  place === folder || place.startsWith(folder + path.sep) ? archive + place.slice(folder.length) : place;
