import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** An archive's entry: text, or a file of less than 4 GiB. */
export type ZipSource = { name: string } & ({ text: string } | { file: string });

type Written = { name: Buffer; crc: number; size: number; at: number };

const [utf8, stored, firstOf1980] = [0x800, 0, 0x21];

/**
 * Writes a zip archive (APPNOTE 4.3) with uncompressed entries, in order; the same entries give the same bytes. It is flushed to
 * disk when this returns.
 * @param target is created. @param names in ASCII or UTF-8, with `/`.
 * @throws an AbortError when `signal` aborts; the caller then removes the target.
 */
export async function writeZip(
  target: string,
  entries: readonly ZipSource[],
  {
    onBytes,
    signal,
  }: { onBytes?: ((written: number) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const handle = await open(target, 'wx');
  try {
    const written: Written[] = [];
    let at = 0;
    const put = async (...parts: Buffer[]) => {
      for (const part of parts) at += (await handle.write(part, 0, part.length, at)).bytesWritten;
      signal?.throwIfAborted();
      onBytes?.(at);
    };
    for (const entry of entries) {
      const one: Written = { name: Buffer.from(entry.name), at, ...(await sumOf(entry)) };
      await put(Buffer.from('PK\x03\x04', 'latin1'), fields(one), one.name);
      for await (const chunk of contentOf(entry)) await put(chunk);
      if (at !== one.at + 30 + one.name.length + one.size)
        throw new Error(`${entry.name} changed while it was packed`);
      written.push(one);
    }
    const start = at;
    for (const one of written) await put(...directoryEntry(one));
    await put(ending(written.length, start, at - start));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* contentOf(entry: ZipSource): AsyncGenerator<Buffer> {
  if ('text' in entry) yield Buffer.from(entry.text);
  else
    for await (const chunk of createReadStream(entry.file, { highWaterMark: 2 ** 20 })) yield chunk as Buffer;
}

/** Needed before the content is written: its checksum and size precede it. */
async function sumOf(entry: ZipSource): Promise<{ crc: number; size: number }> {
  let [crc, size] = [0, 0];
  for await (const chunk of contentOf(entry)) {
    crc = crc32(chunk, crc);
    size += chunk.length;
  }
  return { crc, size };
}

/** Fields shared by an entry's own header and the directory. */
function fields({ name, crc, size }: Written): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(utf8, 2);
  common.writeUInt16LE(stored, 4);
  common.writeUInt16LE(firstOf1980, 8);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(size, 14);
  common.writeUInt32LE(size, 18);
  common.writeUInt16LE(name.length, 22);
  return common;
}

/** An ordinary Unix file, writable by its owner and readable by all. */
const mode = 0o100644;

function directoryEntry(one: Written): Buffer[] {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(mode * 0x10000, 6);
  rest.writeUInt32LE(one.at, 10);
  return [Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields(one), rest, one.name];
}

function ending(count: number, start: number, size: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(start, 16);
  return end;
}
