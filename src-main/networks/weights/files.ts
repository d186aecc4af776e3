import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Copies a file, on disk when this returns. @returns its SHA-256. */
export async function copyDurably(source: string, target: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(source), passing(hash), createWriteStream(target, { flush: true }));
  return hash.digest('hex');
}

const passing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });

/** Puts a finished file in its place in one step, that survives a power cut. */
export async function moveDurably(source: string, target: string): Promise<void> {
  await rename(source, target);
  await flushFolder(path.dirname(target));
}

/** Writes a small file whole or not at all. */
export async function writeDurably(target: string, text: string): Promise<void> {
  const part = `${target}.${process.pid}.part`;
  await writeFile(part, text, { flush: true });
  await moveDurably(part, target);
}

async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows flushes no folders
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
