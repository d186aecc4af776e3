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

/** What is downloaded, for the sentences of errors. */
export interface Wanted {
  of: 'weights' | 'gpu';
  /** A network's weights, or a file of GPU support by its name. */
  file: string;
  /** The same as a person reads it. */
  title: string;
}

export interface DownloadOptions {
  url: string;
  /** Its whole length. */
  bytes: number;
  /** As published; null where it is not. */
  checksum: { algorithm: 'md5' | 'sha256'; value: string } | null;
  wanted: Wanted;
  /** Called about ten times a second, and at the end. */
  onProgress?: ((progress: { bytes: number; total: number }) => void) | undefined;
  /** Stops the download; what has arrived is kept for the next try. */
  signal?: AbortSignal | undefined;
  /** The way out to the network; Node's own when left out. */
  request?: SendRequest | undefined;
  /** How long a silent connection is waited for, milliseconds. */
  patience?: number | undefined;
  /** Wait before the second try that brings nothing, milliseconds; twice as long before each further one. */
  pause?: number | undefined;
}

/** Tries in a row that bring nothing. */
const mostInVain = 4;
const mostRedirects = 5;
/** Answers of servers that may think better of it. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Downloads a file to `part`, going on where an earlier download to it ended, and checks its length and checksum. A
 * connection that breaks or falls silent is tried again for as long as each try brings something.
 * @throws FalxError `download-failed`, `cancelled` or `disk`. What has arrived stays, unless it is not the published file.
 */
export async function downloadFile(part: string, options: DownloadOptions): Promise<void> {
  await fetchInto(part, options);
  await verify(part, options);
  await rm(validatorFile(part), { force: true });
}

/** Holds what the server called this version of the file (its ETag or date), to go on with no other. */
export const validatorFile = (part: string): string => `${part}.version`;

/** Removes what has arrived. */
export async function forgetDownload(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(validatorFile(part), { force: true });
}

async function fetchInto(part: string, options: DownloadOptions): Promise<void> {
  const { bytes, pause = 1000, signal } = options;
  if ((await lengthOf(part)) > bytes) await forgetDownload(part); // another file's
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

/** The way without a connection. */
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

/** One request for what is still missing, written to the end of `part`. */
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
    if (answer.status === 416) await truncate(part, 0); // it is another file by now
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
    quiet.abort(); // hangs up where the body was not wanted
  }
}

/** Asks, and asks where it is sent on to; never on from a protected connection to one that is not. */
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

/** Where in the file the answer begins: at what was asked for, or at 0 from a server that sends it all. */
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

/** A strong ETag or the date: what `If-Range` takes. */
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

/** What is not the published file is thrown away. */
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
