import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from './system-reason.ts';

export type WriteLinesOptions = {
  /** Called with the number so far. */
  onLine?: ((written: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Writes lines to a file, which is complete or absent and readable only by its owner, or without one to standard output.
 * @returns what the generator of the lines returns. @throws FalxError `disk`; an AbortError when `signal` aborts.
 */
export async function writeLines<T>(
  file: string | undefined,
  lines: Generator<string, T>,
  options: WriteLinesOptions = {},
): Promise<T> {
  if (file === undefined) return writeAll(lines, process.stdout, options);
  const part = `${file}.${process.pid}.part`;
  try {
    const stream = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
    const gone = finished(stream);
    gone.catch(() => undefined); // awaited below
    const told = await Promise.race([
      writeAll(lines, stream, options),
      gone.then(() => Promise.reject(new Error('closed'))),
    ]);
    stream.end();
    await gone;
    await rename(part, file);
    return told;
  } catch (cause) {
    await rm(part, { force: true });
    if (cause instanceof FalxError || options.signal?.aborted) throw cause;
    throw new FalxError('fileNotWritten', { file, reason: systemReason(cause) }, { cause });
  }
}

async function writeAll<T>(
  lines: Generator<string, T>,
  stream: NodeJS.WritableStream,
  { onLine, signal }: WriteLinesOptions,
): Promise<T> {
  for (let written = 0; ; onLine?.(++written)) {
    signal?.throwIfAborted();
    const next = lines.next();
    if (next.done) return next.value;
    if (!stream.write(`${next.value}\n`)) await once(stream, 'drain');
  }
}
