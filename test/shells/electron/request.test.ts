import { EventEmitter } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientRequestConstructorOptions } from 'electron';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Electron } from '../../../src-main/shells/electron/electron.ts';
import { electronRequest } from '../../../src-main/shells/electron/request.ts';
import { downloadFile } from '../../../src-main/system/download.ts';

/**
 * Electron's `net.request` as documented, over Node's own: manual redirects are reported and then cancelled, an abort is an
 * event, errors have Chromium's names. Without Chromium's proxies, certificates and cookies.
 */
class RequestStandIn extends EventEmitter {
  readonly #options: ClientRequestConstructorOptions;
  #request: ReturnType<typeof send> | undefined;
  #ended = false;

  constructor(options: ClientRequestConstructorOptions) {
    super();
    this.#options = options;
  }

  end(): void {
    if (refuse !== null) {
      const error = new Error(refuse);
      return void queueMicrotask(() => this.#over('error', error));
    }
    const { url, headers } = this.#options;
    this.#request = send(url!, { headers: headers ?? {} }, (message) => this.#hear(message));
    this.#request.on('error', () => this.#over('error', new Error('net::ERR_CONNECTION_RESET')));
    this.#request.end();
  }

  #hear(message: IncomingMessage): void {
    const { location } = message.headers;
    if (location !== undefined && this.#options.redirect === 'manual') {
      const to = new URL(location, this.#options.url).href;
      this.emit('redirect', message.statusCode, 'GET', to, message.headers);
      return void this.#over('error', new Error('Redirect was cancelled'));
    }
    this.emit('response', message);
    message.once('close', () => this.emit('close'));
  }

  abort(): void {
    this.#request?.destroy();
    this.#over('abort');
  }

  #over(event: string, ...args: unknown[]): void {
    if (this.#ended) return;
    this.#ended = true;
    this.emit(event, ...args);
    this.emit('close');
  }
}

let refuse: string | null;
let asked: ClientRequestConstructorOptions[];
const electron = {
  net: {
    request: (options: ClientRequestConstructorOptions) => {
      asked.push(options);
      return new RequestStandIn(options);
    },
  },
  session: { defaultSession: { resolveProxy: () => Promise.resolve('PROXY proxy.clinic:3128; DIRECT') } },
} as unknown as Pick<Electron, 'net' | 'session'>;

const content = randomBytes(500_000);
let folder: string;
let server: Server;
let address: string;
let part: string;
let answers: ((response: ServerResponse) => void)[];
let ranges: (string | undefined)[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'falx-electron-request-'));
  server = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const answer = answers.shift();
    if (answer) return answer(response);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"one"',
      'content-length': content.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    response.end(content.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/part.whl`;
});
beforeEach(() => {
  refuse = null;
  asked = [];
  answers = [];
  ranges = [];
  part = join(mkdtempSync(join(folder, 'part-')), 'part');
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const download = (more: Partial<Parameters<typeof downloadFile>[1]> = {}): Promise<void> =>
  downloadFile(part, {
    url: address,
    bytes: content.length,
    checksum: { algorithm: 'sha256', value: createHash('sha256').update(content).digest('hex') },
    wanted: { of: 'gpu', file: 'part.whl', title: 'part.whl' },
    request: electronRequest(electron),
    pause: 0,
    ...more,
  });

test('downloads through Electron’s network, without cookies or cache, and follows by hand', async () => {
  answers = [(response) => void response.writeHead(302, { location: '/moved.whl' }).end()];
  await download();
  expect(readFileSync(part).equals(content)).toBe(true);
  expect(asked).toMatchObject([
    { url: address, redirect: 'manual', credentials: 'omit', cache: 'no-store' },
    { url: address.replace('part.whl', 'moved.whl') },
  ]);
});

test('goes on where the connection broke', async () => {
  const sent = new Promise<void>((resolve) => {
    answers = [
      (response) => {
        response.writeHead(200, { etag: '"one"', 'content-length': content.length });
        response.write(content.subarray(0, 200_000));
        void told.then(() => {
          response.destroy();
          resolve();
        });
      },
    ];
  });
  let tell: () => void;
  const told = new Promise<void>((resolve) => (tell = resolve));
  await download({ onProgress: () => tell() });
  await sent;
  expect(readFileSync(part).equals(content)).toBe(true);
  expect(ranges[0]).toBeUndefined();
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
});

test('names the proxy from the system’s settings that blocks it', async () => {
  refuse = 'net::ERR_TUNNEL_CONNECTION_FAILED';
  await expect(download()).rejects.toMatchObject({
    facts: {
      why: 'downloadProxy',
      proxy: 'proxy.clinic:3128',
      reason: { parameters: { errno: 'ERR_TUNNEL_CONNECTION_FAILED' } },
    },
  });
  refuse = 'net::ERR_NAME_NOT_RESOLVED';
  await expect(download()).rejects.toMatchObject({
    facts: { why: 'downloadOffline', reason: { parameters: { errno: 'ERR_NAME_NOT_RESOLVED' } } },
  });
});

test('is stopped by hand, and by a server that says nothing', async () => {
  const stop = new AbortController();
  answers = [() => stop.abort()];
  await expect(download({ signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  answers = Array.from({ length: 9 }, () => () => undefined);
  await expect(download({ patience: 50 })).rejects.toMatchObject({
    message: expect.stringContaining('nothing arrived for 0.05 seconds') as string,
  });
  expect(existsSync(part)).toBe(false);
});
