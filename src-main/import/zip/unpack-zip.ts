import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { FalxError } from '../../contract/errors.ts';
import { uploadsOf } from '../../registry/find-home.ts';
import { newId } from '../../registry/registry.ts';
import { requireRoom } from '../../system/free-space.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../../system/foreign.ts';
import type { RequestOptions } from '../../system/parsers.ts';
import { isLeftBehind } from '../../system/processes.ts';
import { systemReason } from '../../system/system-reason.ts';
import { asRefusal, limits, openArchive, type Content, type Limits } from './check-zip.ts';
import { nameOf } from './zip-names.ts';
import { problem, refuseArchive } from './zip-refusals.ts';

/** Request to the process that unpacks; `archive` is its name in errors. */
export type ZipTask = { file: string; archive: string } & (
  { kind: 'check'; limits: Limits } | { kind: 'isWhole' | 'unpack'; folder: string }
);

export interface UnpackOptions {
  home: string;
  /** The archive. */
  file: string;
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  limits?: Limits;
}

/** Entries unpacked at once, and largest entry held in memory for that, bytes. */
const AT_ONCE = 4;
const SMALL = 2 ** 20;
/** Bytes of an entry between two progress reports. */
const LONG = 16 * 2 ** 20;

/**
 * Unpacks a zip archive to a folder below the home, beside uploads: completely or not at all. Archives inside it stay archives. One
 * that was unpacked before, from any location, is not unpacked again unless files are missing.
 * @returns the folder, and the number of files in it.
 * @throws FalxError `bad-archive` naming the entry; `too-large`; `disk`; `cancelled`.
 */
export async function unpack(options: UnpackOptions): Promise<{ folder: string; files: number }> {
  const { home, file, onProgress, signal } = options;
  const archive = path.basename(file);
  const uploads = uploadsOf(home);
  const patience = patienceFor(await bytesOf(file));
  const apart = <Answer>(task: ZipTask, more: RequestOptions = {}) =>
    parseInSubprocess<ZipTask, Answer>(module, task, archive, { patience, ...more });
  const { files, bytes, digest } = (
    await apart<Content>({ kind: 'check', file, archive, limits: wordable(options.limits ?? limits) })
  ).answer;
  const folder = path.join(uploads, `up-${digest.slice(0, 20)}`);
  return onDisk(folder, async () => {
    await mkdir(uploads, { recursive: true });
    await removePartial(uploads);
    const there = await isFolder(folder);
    if (there && (await apart<boolean>({ kind: 'isWhole', file, archive, folder })).answer) {
      await utimes(folder, new Date(), new Date()); // so that it is not considered abandoned
      return { folder, files };
    }
    await requireRoom(uploads, bytes);
    const [partial, old] = [newPart(uploads), newPart(uploads)];
    for (const part of [partial, old]) unpacking.add(part);
    try {
      await mkdir(partial);
      const onGoing = (done: unknown) => void (typeof done === 'number' && onProgress?.(done, files));
      await apart<null>({ kind: 'unpack', file, archive, folder: partial }, { onGoing, signal }).catch(
        (error: unknown) => {
          throw signal?.aborted ? cancelled(archive) : error;
        },
      );
      if (there) await rename(folder, old);
      await rename(partial, folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another process was faster
      });
    } finally {
      for (const part of [partial, old]) {
        await rm(part, { recursive: true, force: true });
        unpacking.delete(part);
      }
    }
    return { folder, files };
  });
}

/** JSON has no infinity. */
const wordable = (most: Limits): Limits => ({
  ...most,
  ratioFrom: Math.min(most.ratioFrom, Number.MAX_SAFE_INTEGER),
});

const newPart = (uploads: string): string => path.join(uploads, `${newId('up')}.${process.pid}.part`);

const module = new URL('./unpack-worker.ts', import.meta.url);

/** Whether all files of an archive are in the folder it was unpacked to, by their sizes. */
export async function isWhole(
  file: string,
  archive: string,
  folder: string,
  reportProgress: () => void,
): Promise<boolean> {
  const zip = await openArchive(file, archive);
  let entries = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (++entries % 1000 === 0) reportProgress();
      const name = nameOf(entry);
      if (name.endsWith('/')) continue;
      const found = await stat(path.join(folder, ...name.split('/'))).catch(() => null);
      if (found?.size !== entry.uncompressedSize) return false;
    }
    return true;
  } finally {
    zip.close();
  }
}

/**
 * Unpacks all entries into a folder, which is left incomplete if it throws.
 * @param reportProgress called with the entries done after each, and without an argument during long ones.
 */
export async function unpackAll(
  file: string,
  archive: string,
  folder: string,
  reportProgress: (done?: number) => void,
): Promise<void> {
  const zip = await openArchive(file, archive);
  const made = new Set<string>();
  const running = new Set<Promise<void>>();
  /** The first error: a task may fail while nothing awaits it. */
  const faults: unknown[] = [];
  let done = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (faults.length > 0) break;
      const name = nameOf(entry); // checked before: it stays in the folder
      const target = path.join(folder, ...name.split('/'));
      const above = name.endsWith('/') ? target : path.dirname(target);
      if (!made.has(above)) await mkdir(above, { recursive: true });
      made.add(above);
      if (name.endsWith('/')) continue;
      const work: Promise<void> = unpackOne(zip, entry, archive, name, target, reportProgress)
        .then(() => reportProgress((done += 1)))
        .catch((error: unknown) => void faults.push(error))
        .finally(() => running.delete(work));
      running.add(work);
      if (running.size >= AT_ONCE) await Promise.race(running);
    }
    await Promise.all(running);
    if (faults.length > 0) throw faults[0];
  } catch (error) {
    throw asRefusal(archive, null, error);
  } finally {
    await Promise.all(running); // nothing is writing any more when the folder is removed
    zip.close();
  }
}

async function unpackOne(
  zip: ZipFile,
  entry: Entry,
  archive: string,
  name: string,
  target: string,
  reportProgress: () => void,
): Promise<void> {
  try {
    const source = await zip.openReadStreamPromise(entry);
    const checked = async function* () {
      let bytes = 0;
      for await (const chunk of withChecksum(source, entry, archive, name)) {
        yield chunk;
        if (Math.floor(bytes / LONG) < Math.floor((bytes += chunk.length) / LONG)) reportProgress();
      }
    };
    if (entry.uncompressedSize <= SMALL) {
      const chunks: Buffer[] = [];
      for await (const chunk of checked()) chunks.push(chunk);
      await writeFile(target, Buffer.concat(chunks), { flag: 'wx' });
    } else {
      await pipeline(checked, createWriteStream(target, { flags: 'wx' }));
    }
  } catch (error) {
    throw asRefusal(archive, name, error);
  }
}

/** Passes an entry on, and throws at its end unless size and checksum match the archive's. */
export async function* withChecksum(
  source: Readable,
  { uncompressedSize, crc32: expected }: Entry,
  archive: string,
  name: string,
): AsyncGenerator<Buffer> {
  let [sum, size] = [0, 0];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    size += chunk.length;
    if (size > uncompressedSize) throw refuseArchive(archive, problem('zipLonger', {}), name);
    yield chunk;
  }
  if (size !== uncompressedSize) throw refuseArchive(archive, problem('zipShorter', {}), name);
  if (sum !== expected) throw refuseArchive(archive, problem('zipChecksum', {}), name);
}

/** Folders that this process is unpacking to. */
const unpacking = new Set<string>();

/** Removes what dead processes were unpacking. */
async function removePartial(uploads: string): Promise<void> {
  for (const name of await readdir(uploads)) {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1];
    const partial = path.join(uploads, name);
    if (pid !== undefined && isLeftBehind(Number(pid), unpacking.has(partial)))
      await rm(partial, { recursive: true, force: true });
  }
}

const isFolder = (folder: string): Promise<boolean> =>
  stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );

const cancelled = (archive: string): FalxError => new FalxError('archiveCancelled', { file: archive });

async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FalxError || !(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new FalxError('archiveNotWritten', { folder, reason: systemReason(cause) }, { cause });
  }
}
