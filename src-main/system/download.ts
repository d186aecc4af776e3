import { existsSync, readFileSync } from 'node:fs';
import { open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { hashOfFile } from './hashes.ts';
import { nodeRequest, RequestError, type Answer, type SendRequest } from './http-request.ts';
import { isFull } from './disk-error.ts';
import { systemReason } from './system-reason.ts';

/** What is downloaded, for error messages. */
export interface Wanted {
  of: 'weights' | 'gpu';
  /** A network's weights, or the name of a file of GPU support. */
  file: string;
  /** Its title, for users. */
  title: string;
}

export interface DownloadOptions {
  url: string;
  /** Its total length. */
  bytes: number;
  /** As published; null if it is not. */
  checksum: { algorithm: 'md5' | 'sha256'; value: string } | null;
  wanted: Wanted;
  /** Called about ten times a second, and at the end. */
  onProgress?: ((progress: { bytes: number; total: number }) => void) | undefined;
  /** Stops the download; what has arrived is kept for the next attempt. */
  signal?: AbortSignal | undefined;
  /** How to send requests; Node's own when left out. */
  request?: SendRequest | undefined;
  /** How long to wait for a silent connection, milliseconds. */
  patience?: number | undefined;
  /** Delay before the second fruitless attempt, milliseconds; doubled before each further one. */
  pause?: number | undefined;
}

/** Fruitless attempts in a row. */
const mostInVain = 4;
const mostRedirects = 5;
/** Status codes worth a retry. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Downloads a file to `part`, resuming an earlier download to it, and checks its length and checksum. A connection that breaks or
 * falls silent is retried for as long as each attempt makes progress.
 * @throws FalxError `download-failed`, `cancelled` or `disk`. What has arrived is kept, unless it is not the published file.
 */
export async function downloadFile(part: string, options: DownloadOptions): Promise<void> {
  await fetchInto(part, options);
  await verify(part, options);
  await rm(validatorFile(part), { force: true });
}

/** Holds the server's version of the file (its ETag or date), so that a download is resumed only with the same version. */
export const validatorFile = (part: string): string => `${part}.version`;

/** Deletes what has arrived. */
export async function forgetDownload(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(validatorFile(part), { force: true });
}

async function fetchInto(part: string, options: DownloadOptions): Promise<void> {
  const { bytes, pause = 1000, signal } = options;
  if ((await lengthOf(part)) > bytes) await forgetDownload(part); // it belongs to another file
  let furthest = await lengthOf(part);
  let inVain = 0;
  while ((await lengthOf(part)) !== bytes) {
    try {
      await request(part, await lengthOf(part), options);
      return;
    } catch (error) {
      if (signal?.aborted) throw stopped(options);
      if (error instanceof FalxError && !isPassing(error)) throw error;
      if (isFull((error as NodeJS.ErrnoException).code)) throw noRoom(part, options);
      const length = await lengthOf(part);
      inVain = length > furthest ? 0 : inVain + 1;
      furthest = Math.max(furthest, length);
      if (inVain === mostInVain) throw error instanceof FalxError ? error : offline(options, error as Error);
      await pauseFor(pause * 2 ** Math.max(0, inVain - 1), undefined, { ...(signal && { signal }) }).catch(
        () => {
          throw stopped(options);
        },
      );
    }
  }
}

const isPassing = ({ facts }: Pick<FalxError, 'facts'>): boolean => passing.has(facts['status'] as number);

const lengthOf = async (file: string): Promise<number> => (existsSync(file) ? (await stat(file)).size : 0);

const stopped = ({ url, wanted }: DownloadOptions): FalxError =>
  new FalxError('downloadStopped', { ...wanted, url });

const noRoom = (part: string, { bytes, wanted }: DownloadOptions): FalxError =>
  new FalxError('downloadNoRoom', { ...wanted, folder: path.dirname(part), size: bytes, part });

/** How to proceed without a connection. */
const elsewhere = ({ url, wanted: { of } }: DownloadOptions): Message =>
  message('downloadElsewhere', { of, url });

function reasonOf(error: Error): Message {
  if (error instanceof RequestError) return error.reason;
  return systemReason(error);
}

function offline(options: DownloadOptions, error: Error): FalxError {
  const { url, wanted } = options;
  const reason = reasonOf(error);
  const failed = { ...wanted, host: new URL(url).host, url, reason, elsewhere: elsewhere(options) };
  const proxy = error instanceof RequestError ? error.proxy : null;
  return proxy === null
    ? new FalxError('downloadOffline', failed, { cause: error })
    : new FalxError('downloadProxy', { ...failed, proxy }, { cause: error });
}

/** One request for what is still missing, appended to `part`. */
async function request(part: string, have: number, options: DownloadOptions): Promise<void> {
  const { patience = 60_000, signal } = options;
  const quiet = new AbortController();
  const timer = setTimeout(() => {
    quiet.abort(new RequestError(message('connectionSilent', { seconds: patience / 1000 })));
  }, patience);
  const either = signal === undefined ? quiet.signal : AbortSignal.any([quiet.signal, signal]);
  try {
    const version =
      have > 0 && existsSync(validatorFile(part)) ? readFileSync(validatorFile(part), 'utf8') : '';
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (version !== '') Object.assign(headers, { range: `bytes=${have}-`, 'if-range': version });
    const answer = await ask(headers, either, options);
    if (answer.status === 416) await truncate(part, 0); // the file has changed
    const start = startOf(answer, have, options);
    await writeFile(validatorFile(part), versionOf(answer));
    const file = await open(part, start === 0 ? 'w' : 'r+');
    try {
      await write(file, start, answer, either, () => timer.refresh(), options);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw quiet.signal.aborted ? quiet.signal.reason : error;
  } finally {
    clearTimeout(timer);
    quiet.abort(); // closes the connection if the body was not read
  }
}

/** Sends the request, and follows redirects; never from HTTPS to an unprotected address. */
async function ask(
  headers: Record<string, string>,
  signal: AbortSignal,
  options: DownloadOptions,
): Promise<Answer> {
  const { url, wanted, request: send = nodeRequest } = options;
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const answer = await send(at, { headers, signal });
    const location = answer.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer;
    const next = URL.parse(location, at.href);
    const downgraded = at.protocol === 'https:' && next?.protocol !== 'https:';
    if (next === null || !/^https?:$/.test(next.protocol) || downgraded || redirects === mostRedirects)
      throw new FalxError('downloadRedirect', {
        ...wanted,
        url,
        to: next?.href ?? location,
        how: redirects === mostRedirects ? 'circle' : 'unprotected',
        elsewhere: elsewhere(options),
      });
    at = next;
  }
}

/** Offset of the answer in the file: the requested one, or 0 from a server that sends everything. */
function startOf(answer: Answer, have: number, options: DownloadOptions): number {
  const { url, bytes, wanted } = options;
  const { status, headers } = answer;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
  const length = headers.get('content-length');
  const start = status === 206 ? Number(range?.[1]) : 0;
  const total = status === 206 ? Number(range?.[2]) : length === null ? bytes : Number(length);
  if (status === 416) throw new RequestError(message('connectionNoMore', {}));
  const said = { ...wanted, host: new URL(url).host, url, elsewhere: elsewhere(options) };
  if (status === 407) throw new FalxError('downloadProxySignIn', said);
  if (status !== 200 && status !== 206)
    throw new FalxError('downloadRefused', {
      ...said,
      status,
      answer: `${status} ${answer.statusText}`.trim(),
    });
  if (total !== bytes || (status === 206 && start !== have))
    throw new FalxError('downloadLength', { ...said, expected: bytes, received: total });
  return start;
}

/** A strong ETag or the date, for `If-Range`. */
function versionOf({ headers }: Answer): string {
  const tag = headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : (headers.get('last-modified') ?? '');
}

async function write(
  file: FileHandle,
  start: number,
  answer: Answer,
  signal: AbortSignal,
  onChunk: () => void,
  { bytes: total, onProgress }: DownloadOptions,
): Promise<void> {
  let at = start;
  let told = 0;
  for await (const chunk of answer.body) {
    signal.throwIfAborted();
    onChunk();
    if (at + chunk.length > total) throw new RequestError(message('connectionTooMuch', { total }));
    await file.write(chunk, 0, chunk.length, at);
    at += chunk.length;
    if (Date.now() - told < 100 && at < total) continue;
    told = Date.now();
    onProgress?.({ bytes: at, total });
  }
  if (at !== total) throw new RequestError(message('connectionClosed', { at, total }));
}

/** Deletes the file if it is not the published one. */
async function verify(part: string, options: DownloadOptions): Promise<void> {
  const { url, checksum, bytes, wanted } = options;
  const received = checksum === null ? null : await hashOfFile(part, checksum.algorithm);
  if (received === (checksum?.value ?? null) && (await lengthOf(part)) === bytes) return;
  await forgetDownload(part);
  const kind = checksum?.algorithm === 'md5' ? 'MD5' : 'SHA-256';
  throw new FalxError('downloadContent', {
    ...wanted,
    url,
    kind,
    expected: checksum?.value ?? '–',
    received: received ?? '–',
    elsewhere: elsewhere(options),
  });
}
