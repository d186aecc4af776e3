import { closeSync, constants, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from '../system/system-reason.ts';
import { memoryBudget } from './memory-budget.ts';

/** Most bytes of a file: enough for 100 million pixels of 24 bits, uncompressed. */
const MAX_FILE = 320 * 2 ** 20;
const withFileRoom = memoryBudget(MAX_FILE);

/** An ordinary file whose size was determined a moment ago. */
export interface KnownFile {
  bytes: number;
}

/**
 * Reads a whole file and works on it, within a memory budget shared by all such work. Special files are never opened, and a file
 * that is being written is never read partially.
 * @param name used in errors. @param known saves another stat.
 * @throws FalxError `unreadable-file`, `too-large`; and what `work` throws.
 */
export async function withFile<T>(
  file: string,
  name: string,
  work: (input: Buffer) => Promise<T>,
  known?: KnownFile,
): Promise<T> {
  const { bytes } = known ?? (await lookUp(file, name));
  if (bytes > MAX_FILE) throw new FalxError('fileTooBig', { file: name, size: bytes, limit: MAX_FILE });
  return withFileRoom(bytes, async () => work(await readWhole(file, name, bytes)));
}

async function lookUp(file: string, name: string): Promise<KnownFile> {
  const status = await stat(file).catch((cause: unknown) => {
    throw cannotRead(name, cause);
  });
  if (status.isFile()) return { bytes: status.size };
  throw new FalxError('fileNotOrdinary', { file: name, kind: status.isDirectory() ? 'folder' : 'other' });
}

/** Bytes read at a time: whoever watches for I/O sees progress even over a slow connection. */
const PIECE = 2 ** 18;

const openFile = promisify(open);
const readFrom = promisify(read);

/** A hop to a thread costs a tenth of decoding a small picture: files up to this size are read synchronously, */
const SMALL = 2 ** 18;
/** as long as that takes no more milliseconds than this: otherwise the disk is slow, and the next files go to threads. */
const QUICK = 2;
const PATIENCE = 64;
let toThreads = 0;

/** If a pipe has taken its place since, opening it must not wait for a writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** @param bytes its expected size. */
async function readWhole(file: string, name: string, bytes: number): Promise<Buffer> {
  const input = Buffer.allocUnsafeSlow(bytes);
  let handle: number | null = null;
  try {
    const atOnce = bytes <= SMALL && toThreads === 0;
    const began = atOnce ? performance.now() : 0;
    if (!atOnce && toThreads > 0) toThreads -= 1;
    handle = atOnce ? openSync(file, FLAGS) : await openFile(file, FLAGS);
    const before = fstatSync(handle, { bigint: true });
    let length = 0;
    while (length < bytes) {
      const piece = Math.min(PIECE, bytes - length);
      const count = atOnce
        ? readSync(handle, input, length, piece, length)
        : (await readFrom(handle, input, length, piece, length)).bytesRead;
      if (count === 0) break;
      length += count;
    }
    const after = fstatSync(handle, { bigint: true });
    if (atOnce && performance.now() - began > QUICK) toThreads = PATIENCE;
    const same =
      before.isFile() &&
      length === bytes &&
      Number(after.size) === bytes &&
      after.mtimeNs === before.mtimeNs &&
      after.ctimeNs === before.ctimeNs;
    if (same) return input;
  } catch (cause) {
    throw cannotRead(name, cause);
  } finally {
    if (handle !== null) closeSync(handle);
  }
  throw new FalxError('fileChanging', { file: name });
}

const cannotRead = (file: string, cause: unknown): FalxError =>
  new FalxError(
    'fileSystem',
    { file, code: (cause as NodeJS.ErrnoException).code ?? '', reason: systemReason(cause) },
    { cause },
  );
