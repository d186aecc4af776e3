import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../../contract/errors.ts';
import { NetworkName } from '../../contract/networks.ts';
import { hashOfFile } from '../../system/hashes.ts';
import { installation } from '../../system/installation.ts';
import { isAlive } from '../../system/processes.ts';
import { networks } from '../index.ts';
import { adoptWeights, weightsFolder, type StoredWeights } from './store.ts';

/** Where a network's ImageNet weights without its top are published. */
export const WeightSource = z.object({
  url: z.url(),
  bytes: z.int(),
  /** As Keras publishes it, or null where it publishes none. */
  md5: z.string().nullable(),
});
export type WeightSource = z.infer<typeof WeightSource>;

/**
 * Keras's public file of a network, or the file of that name below FALX_WEIGHTS_MIRROR: for machines that reach a copy in
 * their own network alone. What comes from there is checked the same way.
 */
export function publicSource(network: NetworkName): WeightSource {
  const source = z
    .record(NetworkName, WeightSource)
    .parse(JSON.parse(readFileSync(installation.weightsManifest, 'utf8')))[network];
  const mirror = process.env['FALX_WEIGHTS_MIRROR'];
  if (!mirror) return source;
  const name = new URL(source.url).pathname.split('/').at(-1)!;
  return { ...source, url: new URL(name, mirror.endsWith('/') ? mirror : `${mirror}/`).href };
}

export interface DownloadOptions {
  /** Called about ten times a second, and at the end. */
  onProgress?: (progress: { bytes: number; total: number }) => void;
  /** Stops the download; what has arrived is kept for the next try. */
  signal?: AbortSignal;
  /** Another place to take the file from. */
  source?: WeightSource;
  /** How long a silent connection is waited for, milliseconds. */
  patience?: number;
}

/** Tries at one call, as long as each of them brings something. */
const mostTries = 10;

const underWay = new Set<string>();

/**
 * Downloads a network's ImageNet weights into the home folder, going on where an earlier download ended, and checks
 * them: the length, the published MD5 where there is one, and every layer.
 * @throws FalxError `download-failed`, `cancelled`, `disk` or `bad-weights`.
 */
export async function downloadWeights(
  home: string,
  network: NetworkName,
  options: DownloadOptions = {},
): Promise<StoredWeights> {
  const source = options.source ?? publicSource(network);
  const folder = weightsFolder(home);
  const part = path.join(folder, `${network}.${process.pid}.part`);
  if (underWay.has(part))
    throw new FalxError(
      'bad-usage',
      `The weights of ${networks[network].title} are being downloaded already.`,
      { why: 'downloadUnderWay', network },
    );
  underWay.add(part);
  try {
    await mkdir(folder, { recursive: true });
    await takeOver(folder, network, part);
    await fetchInto(part, network, source, options);
    const sha256 = await verified(part, network, source);
    const stored = await adoptWeights(home, part, { name: source.url, source: source.url, sha256, network });
    await rm(validatorFile(part), { force: true });
    return stored;
  } finally {
    underWay.delete(part);
  }
}

/** What has arrived in a process that has ended since becomes this one's: a rename, which only one process can win. */
async function takeOver(folder: string, network: NetworkName, part: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = new RegExp(`^${network}\\.(\\d+)\\.part$`).exec(entry)?.[1];
    const left = path.join(folder, entry);
    if (pid === undefined || left === part || isAlive(Number(pid))) continue;
    if (existsSync(part)) {
      await rm(left, { force: true });
      await rm(validatorFile(left), { force: true });
      continue;
    }
    try {
      await rename(left, part);
      await rename(validatorFile(left), validatorFile(part));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // another process was faster
    }
  }
}

/** Holds what the server called this version of the file (its ETag or date), to go on with no other. */
const validatorFile = (part: string): string => `${part}.version`;

async function fetchInto(
  part: string,
  network: NetworkName,
  source: WeightSource,
  options: DownloadOptions,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = await lengthOf(part);
    if (before === source.bytes) return;
    try {
      await request(part, before, source, options);
      return;
    } catch (error) {
      if (options.signal?.aborted)
        throw new FalxError(
          'cancelled',
          `The download of ${networks[network].title}'s weights was stopped. The next one goes on from there.`,
          { network, url: source.url },
        );
      if (error instanceof FalxError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new FalxError(
          'disk',
          `There is no room in ${path.dirname(part)} for the ${source.bytes} bytes of ${networks[network].title}'s ` +
            'weights. Free some space and try again: the download goes on from where it stopped.',
          { why: 'downloadNoRoom', network, folder: path.dirname(part), size: source.bytes, file: part },
        );
      const progressed = (await lengthOf(part)) > before;
      if (!progressed || tries >= mostTries) throw offline(network, source, error as Error);
    }
  }
}

const lengthOf = async (file: string): Promise<number> => (existsSync(file) ? (await stat(file)).size : 0);

function offline(network: NetworkName, { url }: WeightSource, error: Error): FalxError {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const reason = cause?.code ?? cause?.message ?? error.message;
  return new FalxError(
    'download-failed',
    `The weights of ${networks[network].title} can't be fetched from ${new URL(url).host} (${reason}). Is this machine ` +
      'online? What has arrived is kept, and the next download goes on from there. Without a connection, fetch ' +
      `${url} elsewhere, bring it here, and run: falx weights add FILE`,
    { why: 'downloadOffline', network, host: new URL(url).host, url, reason },
    { cause: error },
  );
}

/** One request for what is still missing, written to the end of `part`. */
async function request(
  part: string,
  have: number,
  source: WeightSource,
  options: DownloadOptions,
): Promise<void> {
  const quiet = new AbortController();
  const patience = options.patience ?? 60_000;
  const timer = setTimeout(() => {
    quiet.abort(new Error(`nothing came for ${patience / 1000} seconds`));
  }, patience);
  const signals = options.signal === undefined ? [quiet.signal] : [quiet.signal, options.signal];
  try {
    const version =
      have > 0 && existsSync(validatorFile(part)) ? readFileSync(validatorFile(part), 'utf8') : '';
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (version !== '') Object.assign(headers, { range: `bytes=${have}-`, 'if-range': version });
    const response = await fetch(source.url, { headers, signal: AbortSignal.any(signals) });
    const start = startOf(response, source, have);
    await writeFile(validatorFile(part), versionOf(response));
    const file = await open(part, start === 0 ? 'w' : 'r+');
    try {
      await write(file, start, response, source, () => timer.refresh(), options.onProgress);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Where in the file the answer begins: at what was asked for, or at 0 from a server that sends it all. */
function startOf(response: Response, { url, bytes }: WeightSource, have: number): number {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const length = response.headers.get('content-length');
  const start = response.status === 206 ? Number(range?.[1]) : 0;
  const total = response.status === 206 ? Number(range?.[2]) : length === null ? bytes : Number(length);
  const { host } = new URL(url);
  const { status } = response;
  if (status !== 200 && status !== 206)
    throw new FalxError(
      'download-failed',
      `${host} answered ${response.status} ${response.statusText} instead of the weight file ${url}. ` +
        'Try again later, or fetch it elsewhere and run: falx weights add FILE',
      { why: 'downloadRefused', url, host, status, answer: `${status} ${response.statusText}`.trim() },
    );
  if (total !== bytes || (response.status === 206 && start !== have))
    throw new FalxError(
      'download-failed',
      `${url} should have ${bytes} bytes, but what is there has ${total}. A proxy or sign-in page may stand in ` +
        'between: fetch the file elsewhere and run: falx weights add FILE',
      { why: 'downloadLength', url, status, expected: bytes, received: total },
    );
  return start;
}

/** A strong ETag or the date: what `If-Range` takes. */
function versionOf({ headers }: Response): string {
  const tag = headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : (headers.get('last-modified') ?? '');
}

async function write(
  file: FileHandle,
  start: number,
  response: Response,
  { bytes: total }: WeightSource,
  onChunk: () => void,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  let at = start;
  let told = 0;
  if (response.body === null) throw new Error('the answer is empty');
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    onChunk();
    await file.write(chunk, 0, chunk.length, at);
    at += chunk.length;
    if (Date.now() - told < 100 && at < total) continue;
    told = Date.now();
    onProgress?.({ bytes: at, total });
  }
  if (at !== total) throw new Error(`the connection closed after ${at} of ${total} bytes`);
}

/** @returns the SHA-256. What is not the published file is thrown away. */
async function verified(
  part: string,
  network: NetworkName,
  { url, md5, bytes }: WeightSource,
): Promise<string> {
  const received = md5 === null ? null : await hashOfFile(part, 'md5');
  const length = await lengthOf(part);
  if (received === md5 && length === bytes) return hashOfFile(part, 'sha256');
  await rm(part, { force: true });
  await rm(validatorFile(part), { force: true });
  throw new FalxError(
    'download-failed',
    `What came from ${url} is not the published file of ${networks[network].title} (MD5 ${received}, published ` +
      `${md5}); it was thrown away. Try again, or fetch it elsewhere and run: falx weights add FILE`,
    { why: 'downloadContent', network, url, expected: md5, received },
  );
}
