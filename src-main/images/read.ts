import { readFile, stat } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';
import { roomOf } from './room.ts';

/** Most bytes a file may have: 100 million pixels of 24 bits, stored plainly, still fit with little to spare. */
const MAX_FILE = 320 * 2 ** 20;
const withFileRoom = roomOf(MAX_FILE);

/**
 * Reads a file whole and works on it, counting its bytes against the memory that all such work shares.
 * @param name what errors call it.
 * @throws FalxError `unreadable-file`, `too-large`; with `facts.reason` as in `decode`; and what `work` throws.
 */
export async function withFile<T>(
  file: string,
  name: string,
  work: (input: Buffer) => Promise<T>,
): Promise<T> {
  const status = await stat(file).catch((cause: unknown) => {
    throw cannotRead(name, cause);
  });
  if (!status.isFile())
    throw refusal(
      'unreadable-file',
      name,
      status.isDirectory() ? 'It is a folder.' : 'It is no ordinary file.',
    );
  if (status.size > MAX_FILE) {
    const size = `${Math.round(status.size / 2 ** 20)} MiB`;
    throw refusal('too-large', name, `It has ${size}; the limit is ${MAX_FILE / 2 ** 20} MiB.`);
  }
  return withFileRoom(status.size, async () => {
    const input = await readFile(file).catch((cause: unknown) => {
      throw cannotRead(name, cause);
    });
    return work(input);
  });
}

function refusal(
  code: 'unreadable-file' | 'too-large',
  name: string,
  reason: string,
  cause?: unknown,
): FalxError {
  return new FalxError(code, `"${name}" can't be read. ${reason}`, { file: name, reason }, { cause });
}

function cannotRead(name: string, cause: unknown): FalxError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return refusal(
    'unreadable-file',
    name,
    inWords[code] ?? `The system says: ${(cause as Error).message}.`,
    cause,
  );
}

const inWords: Partial<Record<string, string>> = {
  ENOENT: 'It is not there, or is a link to something that is not there.',
  EACCES: 'You are not allowed to read it.',
  EPERM: 'You are not allowed to read it.',
  ELOOP: 'It is a link that leads back to itself.',
  ENAMETOOLONG: 'Its name is too long.',
  EIO: 'The disk failed while reading it.',
};
