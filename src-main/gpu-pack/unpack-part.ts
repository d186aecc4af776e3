import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { FalxError } from '../contract/errors.ts';
import { asRefusal, checkArchive, openArchive } from '../import/zip/check-zip.ts';
import { nameOf } from '../import/zip/zip-names.ts';
import { problem, refuseArchive, type Problem } from '../import/zip/zip-refusals.ts';
import { withChecksum } from '../import/zip/unpack-zip.ts';
import { flush } from '../system/durable.ts';
import type { FileMark } from '../system/runtime-files.ts';
import type { Part } from './gpu-pack.ts';

/** What Falx keeps of a wheel: libraries, the programs and device code beside them, licences. */
const kept =
  /^(tensorflow\/(libtensorflow_(cc|framework)\.[^/]*|THIRD_PARTY_NOTICES\.txt)|nvidia\/[^/]+\/(lib|nvvm|bin)\/.+|[^/]+\.dist-info\/(.*\/)?license[^/]*)$/i;
const library = /\.so(\.\d+)*$/;

/** TensorFlow's own wheel has 24,000 entries and unpacks to four times its size. */
const limits = { files: 100_000, bytes: 8 * 2 ** 30, ratio: 100, ratioFrom: 256 * 2 ** 20 };
/** Licences are not counted in a part's unpacked bytes. */
const SPARE = 2 ** 20;

/**
 * Unpacks what Falx needs of a verified part, each file completely or not at all and flushed to disk when this returns.
 * @param onBytes called with the bytes unpacked so far.
 * @returns the files written, by path in `folder` with `/`.
 * @throws FalxError `gpu-support` naming the part and the entry; the system's own errors; AbortError.
 */
export async function unpackPart(
  wheel: string,
  part: Part,
  folder: string,
  { onBytes, signal }: { onBytes?: ((bytes: number) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<Record<string, FileMark>> {
  const files: Record<string, FileMark> = {};
  const folders = new Set<string>([folder]);
  let done = 0;
  try {
    await checkArchive(wheel, part.file, limits);
    const zip = await openArchive(wheel, part.file);
    try {
      for await (const entry of zip.eachEntry()) {
        signal?.throwIfAborted();
        const name = nameOf(entry);
        if (name.endsWith('/') || !kept.test(name)) continue;
        if (done + entry.uncompressedSize > part.unpackedBytes + SPARE)
          throw refuseArchive(part.file, problem('zipLonger', {}), name);
        const target = path.join(folder, ...name.split('/'));
        await makeFolders(folder, path.dirname(name), folders);
        const before = done;
        files[name] = await unpackOne(zip, entry, part, target, (bytes) => onBytes?.(before + bytes), signal);
        done += entry.uncompressedSize;
      }
    } catch (error) {
      throw asRefusal(part.file, null, error);
    } finally {
      zip.close();
    }
    for (const one of folders) flush(one);
  } catch (error) {
    throw reworded(error, part);
  }
  if (!Object.keys(files).some((name) => library.test(name))) throw noLibrary(part);
  return files;
}

async function makeFolders(root: string, below: string, made: Set<string>): Promise<void> {
  let folder = root;
  for (const step of below.split('/')) {
    folder = path.join(folder, step);
    if (made.has(folder)) continue;
    await mkdir(folder, { recursive: true });
    made.add(folder);
  }
}

async function unpackOne(
  zip: ZipFile,
  entry: Entry,
  part: Part,
  target: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<FileMark> {
  const unfinished = `${target}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const source = await zip.openReadStreamPromise(entry);
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of withChecksum(source, entry, part.file, nameOf(entry))) {
      hash.update(chunk);
      onBytes((bytes += chunk.length));
      yield chunk;
    }
  };
  try {
    await pipeline(
      counted,
      createWriteStream(unfinished, { flags: 'w', flush: true }),
      signal ? { signal } : {},
    );
  } catch (error) {
    await rm(unfinished, { force: true });
    throw asRefusal(part.file, nameOf(entry), error);
  }
  // Programs in a wheel (ptxas) must stay executable; zip keeps the mode in the upper half.
  await chmod(unfinished, (entry.externalFileAttributes >>> 16) & 0o100 ? 0o755 : 0o644);
  // Truncated to whole seconds, which any file system can store.
  const now = new Date(Math.trunc(Date.now() / 1000) * 1000);
  await utimes(unfinished, now, now);
  await rename(unfinished, target);
  return { bytes, modified: Math.trunc((await stat(target)).mtimeMs), sha256: hash.digest('hex') };
}

/** An archive's error, reworded for a part of GPU support. */
function reworded(error: unknown, { file }: Part): unknown {
  if (!(error instanceof FalxError) || !/^(bad-archive|too-large)$/.test(error.code)) return error;
  const { shown, reason } = error.facts as { shown?: string; reason: Problem };
  return shown === undefined
    ? new FalxError('packPartWhole', { file, reason }, { cause: error })
    : new FalxError('packPartEntry', { file, entry: shown, reason }, { cause: error });
}

const noLibrary = ({ file }: Part): FalxError => new FalxError('packPartEmpty', { file });
