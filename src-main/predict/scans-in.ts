import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isScanName } from '../contract/formats.ts';
import { listFiles } from '../import/folder-layout.ts';
import { beginsArchive } from '../import/zip/beginning.ts';

/** DICOM files often have no extension; a suffix that begins with a digit, as in a UID, is none either. */
const hasNoEnding = (file: string): boolean => !/\.[a-z]\w*$/i.test(path.basename(file));

/**
 * Files as they are; for a folder all files in it, at any depth, with the extension of a scan or none. A zip archive is unpacked
 * below the home first.
 * @param places absolute paths.
 * @returns absolute paths, each once, and the number of other files in the folders.
 * @throws FalxError `unreadable-file` for a folder that can't be read; as `unpack` for an archive.
 */
export async function scansIn(
  places: readonly string[],
  home: string,
): Promise<{ files: string[]; others: number }> {
  const files = new Set<string>();
  let others = 0;
  for (const place of places) {
    const isFolder = await stat(place).then(
      (status) => status.isDirectory(),
      () => false, // reported when it is read
    );
    const folder = isFolder ? place : (await isZip(place)) ? await unpacked(place, home) : null;
    if (folder === null) files.add(place);
    else
      for (const { file } of (await listFiles(folder)).files) {
        if (isScanName(file) || hasNoEnding(file)) files.add(path.join(folder, file));
        else others += 1;
      }
  }
  return { files: [...files], others };
}

// Loaded for archives alone: a scan is answered sooner without.
const unpacked = async (file: string, home: string): Promise<string> =>
  (await (await import('../import/zip/unpack-zip.ts')).unpack({ home, file })).folder;

const isZip = async (file: string): Promise<boolean> =>
  /\.zip$/i.test(file) && (await beginsArchive(file).catch(() => false)); // reported when it is read

/** Polling interval, milliseconds: change notifications work on local disks only, and scans often arrive on a shared one. */
const LOOK_EVERY = 1000;

/**
 * The scans in a folder, and those that arrive or are replaced later, once they are fully written: a file whose size and time are
 * the same at two polls. Runs until aborted.
 * @throws FalxError `unreadable-file` once the folder can't be read.
 */
export async function* arrivals(
  folder: string,
  { home, signal, every = LOOK_EVERY }: { home: string; signal: AbortSignal; every?: number },
): AsyncGenerator<string[]> {
  const last = new Map<string, string>();
  const told = new Map<string, string>();
  while (!signal.aborted) {
    const { files } = await scansIn([folder], home);
    const settled: string[] = [];
    for (const file of files) {
      const found = await stat(file).catch(() => null); // removed meanwhile
      if (!found?.isFile()) continue;
      const now = `${found.size} ${found.mtimeMs}`;
      if (last.get(file) === now && told.get(file) !== now) {
        told.set(file, now);
        settled.push(file);
      }
      last.set(file, now);
    }
    const there = new Set(files);
    for (const file of last.keys())
      if (!there.has(file)) {
        last.delete(file);
        told.delete(file);
      }
    if (settled.length > 0) yield settled;
    await sleep(every, undefined, { signal }).catch(() => undefined);
  }
}
