import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { Core } from './core.ts';
import { failure, json } from './error-response.ts';
import { Pictures, type Picture } from './picture-server.ts';
import { type Piece, receive } from './uploads.ts';

/** Longest side of a picture, pixels. */
const Side = z.coerce.number().int().min(16).max(1024);

export type WebHandler = (request: Request) => Promise<Response | null>;

/**
 * What a window requests by URL instead of by call: `GET /picture/image/<id>?side=`, `GET /picture/scan/<sha256>?side=`, `GET
 * /download/<job>/<name>` and `PUT /upload/<uploadId>/<relative path>`. Authorisation is up to the shell.
 * @returns null for any other URL. An error is answered as JSON: code, message, facts.
 */
export function webHandler(core: Core): WebHandler {
  const pictures = new Pictures(core);
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const [kind, ...rest] = pathname.slice(1).split('/');
    if (kind !== 'picture' && kind !== 'upload' && kind !== 'download') return null;
    try {
      if (kind === 'upload') return allowed(request, ['PUT']) ?? (await upload(core, request, rest));
      const refusal = allowed(request, ['GET', 'HEAD']);
      if (kind === 'download') return refusal ?? (await saved(core, request, rest.map(decoded)));
      return refusal ?? answer(request, await find(pictures, rest, searchParams.get('side'), request.signal));
    } catch (error) {
      return failure(error, core, pathname);
    }
  };
}

function allowed(request: Request, methods: string[]): Response | null {
  if (methods.includes(request.method)) return null;
  return json({ code: 'bad-usage', message: `Only ${methods.join(' and ')} here.`, facts: {} }, 405, {
    allow: methods.join(', '),
  });
}

// ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────

function find(
  pictures: Pictures,
  rest: readonly string[],
  asked: string | null,
  signal: AbortSignal,
): Promise<Picture> {
  const side = Side.safeParse(asked ?? undefined);
  if (!side.success) throw new FalxError('pictureSide', { side: asked });
  const [of = '', id = ''] = rest;
  if (rest.length === 2 && of === 'image' && /^[1-9]\d{0,14}$/.test(id))
    return pictures.image(Number(id), side.data, signal);
  if (rest.length === 2 && of === 'scan' && /^[0-9a-f]{64}$/.test(id))
    return pictures.scan(id, side.data, signal);
  throw new FalxError('pictureAddress', { asked: rest.join('/') });
}

/** The URL identifies the content, so a window may cache the picture for good, but shared caches may not. */
function answer(request: Request, { sha256, side, jpeg }: Picture): Response {
  const etag = `"${sha256}-${side}"`;
  const headers = { 'cache-control': 'private, max-age=31536000, immutable', etag };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : Buffer.from(jpeg), {
    headers: {
      ...headers,
      'content-type': 'image/jpeg',
      'content-length': String(jpeg.length),
      'x-content-type-options': 'nosniff',
    },
  });
}

// ── downloads ─────────────────────────────────────────────────────────────────────────────────────────────────

/** As a file to be saved, never as a page: its content may come from scans' names. */
async function saved({ downloads }: Core, request: Request, [jobId = '', name = '']: readonly string[]) {
  const { file, bytes } = await downloads.find(jobId, name);
  const body =
    request.method === 'HEAD'
      ? null
      : (Readable.toWeb(createReadStream(file)) as globalThis.ReadableStream<Uint8Array>);
  return new Response(body, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(bytes),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

// ── uploads ───────────────────────────────────────────────────────────────────────────────────────────────────

async function upload(core: Core, request: Request, rest: readonly string[]): Promise<Response> {
  const [uploadId = '', ...parts] = rest;
  const length = request.headers.get('content-length');
  const path = await receive({
    home: core.home,
    uploadId,
    parts: parts.map(decoded),
    body: (request.body ?? new Blob([]).stream()) as ReadableStream<Uint8Array>,
    bytes: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null,
    piece: pieceOf(request.headers.get('content-range')),
    signal: request.signal,
  });
  return json({ path }, path === null ? 202 : 201);
}

/** @param range as "bytes 0-8388607/20000000". @throws FalxError `bad-usage` */
function pieceOf(range: string | null): Piece | null {
  if (range === null) return null;
  const [, from, to, total] = (/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? []).map(Number);
  if (from === undefined || to === undefined || total === undefined || from > to || to >= total)
    throw new FalxError('pieceUnknown', { range });
  return { from, to, total };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new FalxError('nameNotEncoded', { file: part });
  }
}
