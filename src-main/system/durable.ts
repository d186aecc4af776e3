import { createHash } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openOrdinary } from './ordinary.ts';

/** Size and hash of a file when it was written, to detect later damage. */
export interface FileStamp {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/** Bytes hashed at a time. */
const PIECE = 2 ** 20;

/** Reads a file completely. @throws Error of the file system. */
export function stampOf(file: string): FileStamp {
  const [hash, piece] = [createHash('sha256'), Buffer.allocUnsafe(PIECE)];
  const descriptor = openSync(file, 'r');
  try {
    let bytes = 0;
    for (let read = -1; read !== 0; bytes += read) {
      read = readSync(descriptor, piece, 0, PIECE, null);
      hash.update(piece.subarray(0, read));
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a file exists and is identical to when it was stamped. */
export function isAsStamped(file: string, { bytes, sha256 }: FileStamp): boolean {
  try {
    return statSync(file).size === bytes && stampOf(file).sha256 === sha256;
  } catch {
    return false; // missing or unreadable: either way not as written
  }
}

/** Flushes a file, or a folder's entries, to disk. */
export function flush(target: string): void {
  const isFolder = statSync(target).isDirectory();
  // Windows can't flush a folder, and has no need to.
  if (isFolder && process.platform === 'win32') return;
  const descriptor = openSync(target, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces a small file atomically: the old one or the new one is there, never a partial one, whenever the machine stops. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = join(dirname(file), `.${basename(file)}.new`);
  try {
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flush(dirname(file));
}

/** Moves a finished file or folder into place in one step that survives a power cut. */
export async function moveDurably(source: string, target: string): Promise<void> {
  await rename(source, target);
  flush(dirname(target));
}

/**
 * Copies an ordinary file, flushed to disk when this returns.
 * @param onBytes called with the bytes copied so far.
 * @returns its SHA-256.
 */
export async function copyDurably(
  source: string,
  target: string,
  {
    onBytes,
    signal,
  }: { onBytes?: ((bytes: number) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  const passing = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      onBytes?.((bytes += chunk.length));
      yield chunk;
    }
  };
  const handle = await openOrdinary(source);
  await pipeline(
    handle.createReadStream({ highWaterMark: PIECE }),
    passing,
    createWriteStream(target, { flush: true }),
    signal ? { signal } : {},
  );
  return hash.digest('hex');
}
