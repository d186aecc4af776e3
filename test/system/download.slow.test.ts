import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAuthority } from './authority.ts';
import { openProxy, type Proxy } from './proxy.ts';

type Outcome = { done: true } | { message: string; facts: Record<string, unknown> };

const content = randomBytes(3_000_000);
let folder: string;
let authority: ReturnType<typeof makeAuthority>;
let plain: Server;
let secure: Server;
let proxy: Proxy;
let part: string;
/** Answers that the servers give before the file itself, in order. */
let before: ((response: ServerResponse) => void)[];
let ranges: (string | undefined)[];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range } = request.headers;
  ranges.push(range);
  const first = before.shift();
  if (first !== undefined) return first(response);
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    etag: '"one"',
    'content-length': content.length - start,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  response.end(content.subarray(start));
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const urlOf = (server: Server): string =>
  `${server === secure ? 'https' : 'http'}://localhost:${portOf(server)}/part.whl`;

const run = promisify(execFile);

/** In its own process, since trust and proxy are decided at its start. */
async function download(url: string, env: Record<string, string> = {}): Promise<Outcome> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/_proxy$|^(ssl_cert|node_extra)/i.test(name)),
  );
  const sha256 = createHash('sha256').update(content).digest('hex');
  const script = join(import.meta.dirname, 'download.child.ts');
  const { stdout } = await run(process.execPath, [script, part, url, String(content.length), sha256], {
    env: { ...inherited, ...env },
  });
  return JSON.parse(stdout) as Outcome;
}

const trusting = () => ({ NODE_EXTRA_CA_CERTS: authority.ca });
const isWhole = (): boolean => readFileSync(part).equals(content);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'falx-requests-'));
  authority = makeAuthority(folder);
  plain = createHttp(answer);
  secure = createHttps({ key: authority.key, cert: authority.cert }, answer);
  for (const server of [plain, secure])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  proxy = await openProxy();
  part = join(await mkdtemp(join(folder, 'part-')), 'part');
  before = [];
  ranges = [];
});
afterEach(() => proxy.close());
afterAll(async () => {
  for (const server of [plain, secure]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

describe('the proxy of the system', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])(
    'is taken as %s names it: all bytes go through it',
    async (name) => {
      const outcome = await download(urlOf(secure), {
        ...trusting(),
        [name]: `http://127.0.0.1:${proxy.port}`,
      });
      expect(outcome).toEqual({ done: true });
      expect(isWhole()).toBe(true);
      expect(proxy.asked).toEqual([`CONNECT localhost:${portOf(secure)}`]);
      expect(proxy.bytes).toBeGreaterThan(content.length);
    },
  );

  it.each(['HTTP_PROXY', 'http_proxy'])('is asked for the whole address without TLS (%s)', async (name) => {
    expect(await download(urlOf(plain), { [name]: `http://127.0.0.1:${proxy.port}` })).toEqual({
      done: true,
    });
    expect(isWhole()).toBe(true);
    expect(proxy.asked).toEqual([`GET ${urlOf(plain)}`]);
    expect(proxy.bytes).toBe(content.length);
  });

  it.each(['NO_PROXY', 'no_proxy'])('is passed by for hosts of %s', async (name) => {
    const outcome = await download(urlOf(secure), {
      ...trusting(),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      [name]: 'example.org,localhost',
    });
    expect(outcome).toEqual({ done: true });
    expect(proxy.asked).toEqual([]);
  });

  it('is named when it refuses, without the password in its address', async () => {
    proxy.refuse = '403 Forbidden';
    const outcome = await download(urlOf(secure), {
      ...trusting(),
      HTTPS_PROXY: `http://someone:secret@127.0.0.1:${proxy.port}`,
    });
    expect(outcome).toMatchObject({
      message: expect.stringContaining(`the proxy 127.0.0.1:${proxy.port} does not let Falx through`),
      facts: {
        why: 'downloadProxy',
        proxy: `127.0.0.1:${proxy.port}`,
        reason: { code: 'proxyAnswered', parameters: { answer: '403 Forbidden' } },
      },
    });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it('is named when it can’t be reached', async () => {
    await proxy.close();
    const outcome = await download(urlOf(secure), {
      ...trusting(),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    });
    expect(outcome).toMatchObject({
      facts: {
        why: 'downloadProxy',
        proxy: `127.0.0.1:${proxy.port}`,
        reason: { code: 'systemNotConnected', parameters: { errno: 'ECONNREFUSED' } },
      },
    });
    proxy = await openProxy();
  });

  it('gets the name and password of its address', async () => {
    proxy.login = 'someone:secret';
    const address = (login: string) => `http://${login}127.0.0.1:${proxy.port}`;
    expect(await download(urlOf(plain), { HTTP_PROXY: address('') })).toMatchObject({
      facts: { why: 'downloadProxySignIn' },
    });
    expect(await download(urlOf(secure), { ...trusting(), HTTPS_PROXY: address('') })).toMatchObject({
      facts: { why: 'downloadProxy', reason: { parameters: { answer: expect.stringMatching(/^407/) } } },
    });
    const env = { ...trusting(), HTTPS_PROXY: address('someone:secret@') };
    expect(await download(urlOf(secure), env)).toEqual({ done: true });
  });
});

describe('certificates', () => {
  it('of a company’s own authority are trusted when the system’s store has it', async () => {
    expect(await download(urlOf(secure))).toMatchObject({
      facts: {
        why: 'downloadOffline',
        reason: { code: 'systemCertificate', parameters: { errno: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } },
      },
    });
    expect(existsSync(part)).toBe(false);
    expect(await download(urlOf(secure), { SSL_CERT_FILE: authority.ca })).toEqual({ done: true });
    expect(isWhole()).toBe(true);
  });
});

describe('what servers do', () => {
  const sendOn = (to: string) => (response: ServerResponse) =>
    void response.writeHead(302, { location: to }).end('elsewhere');

  it('sends on, and is followed on protected connections only', async () => {
    before = [sendOn('/other.whl'), sendOn(urlOf(secure))];
    expect(await download(urlOf(secure), trusting())).toEqual({ done: true });
    before = [sendOn(urlOf(plain))];
    await rm(part);
    ranges = [];
    expect(await download(urlOf(secure), trusting())).toMatchObject({
      message: expect.stringContaining(`redirects to ${urlOf(plain)}`),
      facts: { why: 'downloadRedirect', to: urlOf(plain) },
    });
    expect(ranges).toHaveLength(1);
    expect(existsSync(part)).toBe(false);
  });

  it('sends on in a circle, which is not followed for ever', async () => {
    before = Array.from({ length: 20 }, () => sendOn('/round'));
    expect(await download(urlOf(plain))).toMatchObject({ facts: { why: 'downloadRedirect' } });
    expect(ranges).toHaveLength(6);
  });

  it('is busy for a while, and asked again', async () => {
    before = [503, 429, 502].map((status) => (response: ServerResponse) => {
      response.writeHead(status).end();
    });
    expect(await download(urlOf(plain))).toEqual({ done: true });
    expect(isWhole()).toBe(true);
  });

  it('has another file by now (416), which is taken from its beginning', async () => {
    writeFileSync(part, Buffer.alloc(1_000_000, 7));
    writeFileSync(`${part}.version`, '"zero"');
    before = [(response) => void response.writeHead(416, { 'content-range': 'bytes */3' }).end()];
    expect(await download(urlOf(plain))).toEqual({ done: true });
    expect(isWhole()).toBe(true);
    expect(ranges).toEqual(['bytes=1000000-', undefined]);
  });

  it('sends more than it should, which is not kept', async () => {
    before = Array.from({ length: 1000 }, () => (response: ServerResponse) => {
      response.writeHead(200); // no length
      response.end(Buffer.concat([Buffer.from('more'), content]));
    });
    expect(await download(urlOf(plain))).toMatchObject({
      facts: { why: expect.stringMatching(/^download(Offline|Content)$/) as string }, // depending on where its pieces end
    });
    expect(existsSync(part) ? readFileSync(part).length : 0).toBeLessThanOrEqual(content.length);
  });

  it('has a longer file lying here than it should be', async () => {
    writeFileSync(part, Buffer.alloc(content.length + 1));
    expect(await download(urlOf(plain))).toEqual({ done: true });
    expect(isWhole()).toBe(true);
  });

  it('sends other bytes of the same length, which are thrown away', async () => {
    before = [
      (response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.end(Buffer.alloc(content.length));
      },
    ];
    expect(await download(urlOf(plain))).toMatchObject({
      facts: { why: 'downloadContent', kind: 'SHA-256' },
    });
    expect(existsSync(part)).toBe(false);
  });
});
