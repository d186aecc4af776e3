import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { nameOf, pathProblem, Places } from './zip-names.ts';
import { problem, refuseArchive, tooLarge, type Problem } from './zip-refusals.ts';

/** Limits of an archive. */
export interface Limits {
  /** Including folders. */
  files: number;
  /** Unpacked. */
  bytes: number;
  /** Unpacked bytes per byte of the archive; archives below `ratioFrom` unpacked are exempt. */
  ratio: number;
  ratioFrom: number;
}

export const limits: Limits = {
  files: 1_000_000,
  bytes: 1024 * 2 ** 30,
  ratio: 100,
  ratioFrom: 256 * 2 ** 20,
};

export interface Content {
  files: number;
  /** Unpacked. */
  bytes: number;
  /** SHA-256 over the names, sizes and checksums of all entries, in order. */
  digest: string;
}

/** @param archive its name in errors. @throws FalxError `bad-archive` if it can't be opened. */
export async function openArchive(file: string, archive: string): Promise<ZipFile> {
  try {
    return await openPromise(file, { decodeStrings: false, autoClose: false });
  } catch (cause) {
    throw refuseArchive(
      archive,
      problem('zipNotOpened', { said: { from: 'yauzl', text: (cause as Error).message } }),
      null,
      cause,
    );
  }
}

/**
 * Checks all entries before any is unpacked: each must stay in the folder, be a file or a folder, be readable without a password,
 * and all together be within the limits.
 * @throws FalxError `bad-archive` naming the entry; `too-large`.
 */
export async function checkArchive(
  file: string,
  archive: string,
  most: Limits = limits,
  reportProgress: () => void = () => undefined,
): Promise<Content> {
  const zip = await openArchive(file, archive);
  const places = new Places();
  const digest = createHash('sha256');
  let [files, bytes, packed, entries] = [0, 0, 0, 0];
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (++entries % 1000 === 0) reportProgress();
      const found = pathProblem(name) ?? kindProblem(entry) ?? places.add(name);
      if (found !== null) throw refuseArchive(archive, found, name);
      digest.update(JSON.stringify([name, entry.uncompressedSize, entry.crc32]));
      files += name.endsWith('/') ? 0 : 1;
      bytes += entry.uncompressedSize;
      packed += entry.compressedSize;
      if (places.count > most.files) throw tooLarge(archive, problem('zipTooMany', { most: most.files }));
    }
    if (await hasMore(file, zip))
      throw refuseArchive(archive, problem('zipMoreEntries', { count: zip.entryCount }), null);
  } catch (error) {
    throw asRefusal(archive, null, error);
  } finally {
    zip.close();
  }
  refuseSize(archive, { bytes, packed, own: zip.fileSize }, most);
  return { files, bytes, digest: digest.digest('hex') };
}

/** Whether there is an entry after the last: some programs count only to 65,535, and start again at 0. */
async function hasMore(file: string, zip: ZipFile): Promise<boolean> {
  const after = zip.readEntryCursor as unknown as number; // its type is wrongly boolean
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, after);
    return buffer.toString('latin1') === 'PK\x01\x02';
  } finally {
    await handle.close();
  }
}

function refuseSize(
  archive: string,
  { bytes, packed, own }: { bytes: number; packed: number; own: number },
  { bytes: limit, ratio, ratioFrom }: Limits,
): void {
  const mebibytes = Math.round(bytes / 2 ** 20);
  const most = limit / 2 ** 20;
  if (bytes > limit) throw tooLarge(archive, problem('zipUnpacksTo', { mebibytes, most }));
  if (bytes > ratioFrom && bytes > ratio * own)
    throw tooLarge(archive, problem('zipBomb', { mebibytes, ratio }));
  if (packed > own) throw refuseArchive(archive, problem('zipOverlap', {}), null);
}

/** Problem of an entry that is neither file nor folder, or can't be read. Unix's file type is in the upper half. */
function kindProblem(entry: Entry): Problem | null {
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (kind === 0o120000) return problem('zipLink', {});
  if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000) return problem('zipNotOrdinary', {});
  if (entry.isEncrypted()) return problem('zipEncrypted', {});
  const method = entry.compressionMethod;
  if (method === 0 || method === 8) return null;
  return problem('zipPackedBy', { method });
}

/** An error of yauzl or zlib about a damaged archive, as a refusal. */
export function asRefusal(archive: string, entry: string | null, error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'FalxError' || error.name === 'AbortError') return error;
  const { code, message: text } = error as NodeJS.ErrnoException;
  // The system's own errors, such as a full disk, are recognised by their codes; zlib's begin with Z.
  if (code !== undefined && !code.startsWith('Z_')) return error;
  return refuseArchive(
    archive,
    problem('zipDamaged', { said: { from: code === undefined ? 'yauzl' : 'zlib', text } }),
    entry,
    error,
  );
}
