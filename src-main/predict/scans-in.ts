import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isScanName } from '../contract/formats.ts';
import { listFiles } from '../import/folder-layout.ts';

/** DICOM files often have none; a name that begins with a number after its last dot, such as a UID, has none either. */
const hasNoEnding = (file: string): boolean => !/\.[a-z]\w*$/i.test(path.basename(file));

/**
 * Files as they are; of a folder all in it, to any depth, that are called as if they held scans or have no ending.
 * @param places absolute paths.
 * @returns absolute paths, each once, and how many others lie in the folders.
 * @throws FalxError `unreadable-file` of a folder that can't be read.
 */
export async function scansIn(places: readonly string[]): Promise<{ files: string[]; others: number }> {
  const files = new Set<string>();
  let others = 0;
  for (const place of places) {
    const isFolder = await stat(place).then(
      (status) => status.isDirectory(),
      () => false, // told when it is read
    );
    if (!isFolder) files.add(place);
    else
      for (const { file } of (await listFiles(place)).files) {
        if (isScanName(file) || hasNoEnding(file)) files.add(path.join(place, file));
        else others += 1;
      }
  }
  return { files: [...files], others };
}

/** Milliseconds between two looks. Systems tell of changes on a local disk only, and scans often come to a shared one. */
const LOOK_EVERY = 1000;

/**
 * The scans in a folder, and those that come later or are replaced, once nobody writes them any more: a file whose size and time are
 * the same at two looks. Goes on until it is told to end.
 * @throws FalxError `unreadable-file` once the folder can't be read.
 */
export async function* arrivals(
  folder: string,
  { signal, every = LOOK_EVERY }: { signal: AbortSignal; every?: number },
): AsyncGenerator<string[]> {
  const last = new Map<string, string>();
  const told = new Map<string, string>();
  while (!signal.aborted) {
    const { files } = await scansIn([folder]);
    const settled: string[] = [];
    for (const file of files) {
      const found = await stat(file).catch(() => null); // taken away meanwhile
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
