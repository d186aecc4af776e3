import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { FalxError } from '../../contract/errors.ts';
import { isFull } from '../../system/disk-error.ts';

const largestFile = 2 ** 32;
const largestConfig = 2 ** 26;

/**
 * Unpacks a `.keras` archive's weights to a temporary file, passes it on with the configuration, and removes it.
 * @param name the path used in messages.
 * @throws FalxError `bad-weights` if the archive is damaged or contains no weights.
 */
export async function withKerasArchive<T>(
  file: string,
  name: string,
  scratch: string,
  use: (weights: string, config: unknown, version: string | null) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(scratch, 'falx-weights-'));
  try {
    const weights = path.join(folder, 'model.weights.h5');
    const { config, metadata } = await unpack(file, name, weights);
    return await use(weights, config, versionIn(metadata));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unpack(
  file: string,
  name: string,
  target: string,
): Promise<{ config: unknown; metadata: unknown }> {
  const read: { config: unknown; metadata: unknown } = { config: undefined, metadata: undefined };
  let found = false;
  try {
    const zip = await openPromise(file);
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName === 'config.json' || entry.fileName === 'metadata.json') {
          const chunks: Buffer[] = [];
          for await (const chunk of checked(await contents(zip, entry, name, largestConfig), entry, name))
            chunks.push(chunk);
          read[entry.fileName === 'config.json' ? 'config' : 'metadata'] = JSON.parse(
            Buffer.concat(chunks).toString('utf8'),
          );
        } else if (entry.fileName === 'model.weights.h5') {
          await pipeline(
            checked(await contents(zip, entry, name, largestFile), entry, name),
            createWriteStream(target),
          );
          found = true;
        }
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    if (isFull((cause as NodeJS.ErrnoException).code))
      throw new FalxError('weightsNoRoom', { file: name, folder: path.dirname(target) }, { cause });
    throw new FalxError(
      'weightsDamaged',
      { file: name, detail: { from: 'zip', text: (cause as Error).message } },
      { cause },
    );
  }
  if (!found) throw new FalxError('weightsNoKeras', { file: name, what: 'archive' });
  return read;
}

function versionIn(metadata: unknown): string | null {
  const version = (metadata as { keras_version?: unknown } | null | undefined)?.keras_version;
  return typeof version === 'string' ? version.slice(0, 40) : null;
}

function contents(zip: ZipFile, entry: Entry, file: string, limit: number): Promise<Readable> {
  const { fileName, uncompressedSize } = entry;
  if (uncompressedSize > limit)
    throw new FalxError('weightsEntryTooLarge', { file, entry: fileName, bytes: uncompressedSize });
  return zip.openReadStreamPromise(entry);
}

/** Passes a file on and throws at its end if its checksum differs from the archive's. */
async function* checked(stream: Readable, entry: Entry, file: string): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new FalxError('weightsEntryChecksum', { file, entry: entry.fileName });
}
