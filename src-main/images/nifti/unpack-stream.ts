import { Readable, type Transform } from 'node:stream';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { Damage } from '../image-refusals.ts';

/** The bytes of a file from its start, in pieces. */
export type ByteStream = () => AsyncIterable<Buffer>;

/**
 * A file's content, with gzip or without, recognised by its first bytes. Trailing garbage after gzip data is ignored, as in the
 * gzip program. @throws Damage if it can't be unpacked.
 */
export async function* unpacked(file: ByteStream): AsyncGenerator<Buffer, void, undefined> {
  const [first, all] = await begun(file);
  if (!first) return;
  if (!isGzip(first)) {
    yield* all;
    return;
  }
  let given = 0;
  try {
    for await (const piece of through(createGunzip(), all)) {
      given += piece.length;
      yield piece;
    }
  } catch (error) {
    if (!isFromZlib(error)) throw error;
    // The first header is valid, so this concerns bytes after a complete member with the right checksum.
    if (error.message !== 'incorrect header check')
      throw new Damage('faultNotUnpacked', { said: { from: 'zlib', text: error.message } });
    yield* behind(given, firstMember(file));
  }
}

/** Gzip's first member, unpacked as far as it reaches, whatever follows. */
async function* firstMember(file: ByteStream): AsyncGenerator<Buffer> {
  const [first, all] = await begun(file);
  yield* through(createInflateRaw(), behind(headerLength(first!), all));
}

/** A file's first piece, and all of them. */
async function begun(file: ByteStream): Promise<[first: Buffer | null, all: AsyncIterable<Buffer>]> {
  const pieces = file()[Symbol.asyncIterator]();
  const first = await pieces.next();
  const all = async function* () {
    for (let next = first; !next.done; next = await pieces.next()) yield next.value;
  };
  return [first.done ? null : first.value, all()];
}

async function* through(transform: Transform, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(pieces);
  source.once('error', (error) => transform.destroy(error));
  try {
    for await (const piece of source.pipe(transform)) yield piece as Buffer;
  } finally {
    source.destroy();
  }
}

async function* behind(bytes: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of pieces) {
    if (piece.length > left) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

const isGzip = (start: Buffer) => start[0] === 0x1f && start[1] === 0x8b;

/** Of a gzip member (RFC 1952, 2.3) whose header is complete in these bytes. */
function headerLength(member: Buffer): number {
  const flags = member[3]!;
  let at = 10;
  if (flags & EXTRA) at += 2 + member.readUInt16LE(at);
  for (const text of [NAME, COMMENT]) if (flags & text) at = member.indexOf(0, at) + 1;
  return flags & CHECKSUM ? at + 2 : at;
}

const CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

const isFromZlib = (error: unknown): error is Error =>
  error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
