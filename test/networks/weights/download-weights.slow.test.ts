import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { networkNames } from '../../../src-main/contract/networks.ts';
import {
  downloadWeights,
  publicSource,
  type WeightSource,
} from '../../../src-main/networks/weights/download-weights.ts';
import { storedWeights, weightsFolder } from '../../../src-main/networks/weights/weights-store.ts';
import { writeWeightFile } from './weights-fixtures.ts';

/** The file server's behaviour; each request is recorded. */
interface Behaviour {
  /** The connection breaks after this many bytes of an answer, while it is above 0. */
  breaks?: number[];
  ranges?: boolean;
  etag?: string;
  status?: number;
  /** Sends nothing after the headers. */
  hangs?: boolean;
}

let folder: string;
let home: string;
let content: Buffer;
let server: Server;
let behaviour: Behaviour;
let requests: { range: string | undefined; ifRange: string | undefined }[];
let source: WeightSource;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range } = request.headers;
  const ifRange = request.headers['if-range'] as string | undefined;
  requests.push({ range, ifRange });
  const { breaks = [], ranges = true, etag = '"version-1"', status, hangs = false } = behaviour;
  if (status !== undefined) return void response.writeHead(status).end();
  const partial = ranges && range !== undefined && (ifRange === undefined || ifRange === etag);
  const start = partial ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
  const body = content.subarray(start);
  response.writeHead(partial ? 206 : 200, {
    etag,
    'content-length': body.length,
    ...(partial ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  if (hangs) return void response.flushHeaders();
  const breakAfter = breaks.shift();
  if (breakAfter === undefined) return void response.end(body);
  response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'falx-download-'));
  await writeWeightFile(join(folder, 'published.h5'), 'mobilenetv2');
  content = readFileSync(join(folder, 'published.h5'));
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  home = await mkdtemp(join(folder, 'home-'));
  behaviour = {};
  requests = [];
  source = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mobilenet.h5`,
    bytes: content.length,
    md5: createHash('md5').update(content).digest('hex'),
  };
});
afterEach(() => server.closeAllConnections());
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const download = (options: Parameters<typeof downloadWeights>[2] = {}) =>
  downloadWeights(home, 'mobilenetv2', { source, pause: 0, ...options });
const left = (): string[] => readdirSync(weightsFolder(home)).filter((name) => name.includes('.part'));
const half = (): number => content.length >> 1;

describe('a download', () => {
  it('is checked, stored and reported as it progresses', async () => {
    const seen: { bytes: number; total: number }[] = [];
    const stored = await download({ onProgress: (progress) => seen.push(progress) });
    expect(readFileSync(stored.file).equals(content)).toBe(true);
    expect(stored).toMatchObject({
      network: 'mobilenetv2',
      source: source.url,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect(await storedWeights(home, 'mobilenetv2')).toEqual(stored);
    expect(seen.at(-1)).toEqual({ bytes: content.length, total: content.length });
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).sort((a, b) => a - b));
    expect(left()).toEqual([]);
  });

  it('goes on by itself where the connection broke', async () => {
    behaviour = { breaks: [half(), 100_000] };
    const stored = await download();
    expect(readFileSync(stored.file).equals(content)).toBe(true);
    expect(requests[0]).toEqual({ range: undefined, ifRange: undefined });
    expect(requests[1]?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(requests[1]?.ifRange).toBe('"version-1"');
    expect(requests).toHaveLength(3);
  });

  it('goes on where an earlier one was stopped by hand', async () => {
    const stop = new AbortController();
    behaviour = { breaks: [half()] };
    await expect(
      download({ signal: stop.signal, onProgress: ({ bytes }) => bytes > 100_000 && stop.abort() }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(left()).toHaveLength(2);
    behaviour = {};
    const stored = await download();
    expect(readFileSync(stored.file).equals(content)).toBe(true);
    expect(requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(left()).toEqual([]);
  });

  it('takes over from a process that has died', async () => {
    await mkdir(weightsFolder(home));
    const dead = join(weightsFolder(home), 'mobilenetv2.4194305.part'); // above the highest process id of Linux
    writeFileSync(dead, content.subarray(0, 1_000_000));
    writeFileSync(`${dead}.version`, '"version-1"');
    const stored = await download();
    expect(requests).toEqual([{ range: 'bytes=1000000-', ifRange: '"version-1"' }]);
    expect(readFileSync(stored.file).equals(content)).toBe(true);
    expect(left()).toEqual([]);
  });

  it('restarts when the file was published again', async () => {
    await mkdir(weightsFolder(home));
    const part = join(weightsFolder(home), `mobilenetv2.${process.pid}.part`);
    writeFileSync(part, Buffer.alloc(2_000_000, 7));
    writeFileSync(`${part}.version`, '"version-0"');
    expect(readFileSync((await download()).file).equals(content)).toBe(true);
    expect(requests).toEqual([{ range: 'bytes=2000000-', ifRange: '"version-0"' }]);
  });

  it('restarts with a server that does not support ranges, and gives up when that makes no progress', async () => {
    behaviour = { ranges: false, breaks: [1_000_000, 2_000_000] };
    expect(readFileSync((await download()).file).equals(content)).toBe(true);
    behaviour = { ranges: false, breaks: Array.from({ length: 1000 }, () => 1_000_000) };
    await expect(download()).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('is refused and thrown away when its MD5 is not the published one', async () => {
    source.md5 = '0'.repeat(32);
    await expect(download()).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('not the published file'),
      facts: { expected: '0'.repeat(32), received: createHash('md5').update(content).digest('hex') },
    });
    expect(left()).toEqual([]);
    expect(await storedWeights(home, 'mobilenetv2')).toBeNull();
  });

  it('is refused when it is of another length, before any of it is read', async () => {
    source.bytes += 1;
    await expect(download()).rejects.toMatchObject({
      code: 'download-failed',
      facts: { expected: content.length + 1, received: content.length },
    });
  });

  it('is refused when its layers are not the network’s', async () => {
    await expect(downloadWeights(home, 'resnet50', { source })).rejects.toMatchObject({
      code: 'bad-weights',
      message: expect.stringContaining('ResNet50'),
      facts: { layer: 'conv1_conv' },
    });
    expect(await storedWeights(home, 'resnet50')).toBeNull();
  });

  it.each([404, 503])('names the answer %i and the way without a connection', async (status) => {
    behaviour = { status };
    await expect(download()).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(new RegExp(`answered ${status}.*falx weights add FILE`)),
    });
  });

  it('says so when nothing answers, with the way without a connection', async () => {
    source.url = 'http://127.0.0.1:9/mobilenet.h5'; // the discard port: nothing listens
    await expect(download()).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/Is this machine online\?.*falx weights add FILE/),
    });
  });

  it('does not wait for ever on a connection that has gone silent', async () => {
    behaviour = { hangs: true };
    await expect(download({ patience: 200 })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('nothing arrived for 0.2 seconds'),
    });
  });

  it('is not started twice at once', async () => {
    const first = download();
    await expect(download()).rejects.toMatchObject({ code: 'bad-usage' });
    expect(existsSync((await first).file)).toBe(true);
  });
});

describe('Keras’s public files', () => {
  it.each(networkNames)('%s: an address, a length and, where published, an MD5', (network) => {
    const { url, bytes, md5 } = publicSource(network);
    expect(new URL(url).protocol).toBe('https:');
    expect(url).toMatch(/no_?top\.h5$/);
    expect(bytes).toBeGreaterThan(9_000_000);
    expect(md5 === null).toBe(network === 'mobilenetv2');
  });
});
