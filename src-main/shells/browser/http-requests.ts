import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';

/**
 * The path of a request as sent, or null if it tries to lead elsewhere: `..`, a backslash or a NUL, plain or encoded once or twice.
 * URLs of Falx never have them.
 */
export function plainPath(url: string): string | null {
  const path = url.split(/[?#]/, 1)[0]!;
  if (!path.startsWith('/') || path.startsWith('//')) return null;
  const once = decoded(path);
  if (once === null) return null;
  // A name may contain a plain "%", so it need not decode twice.
  return [path, once, decoded(once) ?? ''].some(leadsAway) ? null : path;
}

const leadsAway = (path: string) =>
  path.includes('\\') || path.includes('\0') || path.split('/').some((part) => part === '..' || part === '.');

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // a "%" that encodes nothing
  }
}

/** A request of Node's server as a `fetch` request; its body is streamed. Aborted if `answer` can't be sent. */
export function toRequest(message: IncomingMessage, answer: ServerResponse, origin: string): Request {
  const { method = 'GET', url = '/' } = message;
  const gone = new AbortController();
  answer.once('close', () => {
    if (!answer.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const body =
    method === 'GET' || method === 'HEAD'
      ? null
      : // Cancelling the reading must not close the connection that the answer is sent over.
        ReadableStream.from<Uint8Array>(message.iterator({ destroyOnReturn: false }));
  return new Request(new URL(url, origin), {
    method,
    headers,
    signal: gone.signal,
    ...(body && { body: body as NonNullable<RequestInit['body']>, duplex: 'half' as const }),
  });
}

/** Streams an answer; ends quietly if nobody waits for it any more. */
export async function send(response: Response, to: ServerResponse): Promise<void> {
  to.statusCode = response.status;
  for (const [name, value] of response.headers) to.setHeader(name, value);
  if (!response.body) {
    to.end();
    return;
  }
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && !to.destroyed) throw error;
  }
}

/** Reads the rest of a body, so that a browser that is still sending receives the answer; stops after 64 MB. */
export function drain(message: IncomingMessage): void {
  let bytes = 0;
  message.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > 64 * 2 ** 20) message.destroy();
  });
  message.resume();
}
