import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from '../system/system-reason.ts';
import { roomOf } from './memory-room.ts';

/** Most bytes a file may have: 100 million pixels of 24 bits, stored plainly, still fit with little to spare. */
const MAX_FILE = 320 * 2 ** 20;
const withFileRoom = roomOf(MAX_FILE);

/** An ordinary file whose size was looked up a moment ago. */
export interface KnownFile {
  bytes: number;
}

/**
 * Reads a file whole and works on it, counting its bytes against the memory that all such work shares. What is no
 * ordinary file is never opened, and half of a file that is being written is never taken.
 * @param name what errors call it. @param known saves looking it up again.
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

/** Bytes that are read at a time: whoever looks whether anything is read sees it go on over a slow line, too. */
const PIECE = 2 ** 18;

const openFile = promisify(open);
const readFrom = promisify(read);

/**
 * Every hop to a thread costs as much as a tenth of decoding a small picture, so only what may have to wait for the disk
 * makes one: an open file's attributes are at hand.
 * @param bytes it is said to have.
 */
async function readWhole(file: string, name: string, bytes: number): Promise<Buffer> {
  try {
    // Should a pipe have taken its place since, opening it must not wait for someone to write.
    const handle = await openFile(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const before = fstatSync(handle, { bigint: true });
      const input = Buffer.allocUnsafeSlow(bytes);
      let length = 0;
      while (length < bytes) {
        const piece = Math.min(PIECE, bytes - length);
        const { bytesRead } = await readFrom(handle, input, length, piece, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      const after = fstatSync(handle, { bigint: true });
      const same =
        before.isFile() &&
        length === bytes &&
        Number(after.size) === bytes &&
        after.mtimeNs === before.mtimeNs &&
        after.ctimeNs === before.ctimeNs;
      if (same) return input;
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw cannotRead(name, cause);
  }
  throw new FalxError('fileChanging', { file: name });
}

const cannotRead = (file: string, cause: unknown): FalxError =>
  new FalxError(
    'fileSystem',
    { file, code: (cause as NodeJS.ErrnoException).code ?? '', reason: systemReason(cause) },
    { cause },
  );
