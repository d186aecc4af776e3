import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type BrowserServer, openServer } from '../../../src-main/shells/browser/server.ts';
import { pageFiles } from '../../../src-main/shells/page/page-files.ts';
import { smallPage } from './served.ts';

/* Sockets used as no browser would, against the real server. */

let server: BrowserServer;
/** Allows more time for heads: a busy machine takes long to send 300. */
let patient: BrowserServer;
let folder: string;
let received = 0;
let broken = 0;
const logged: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-sockets-'));
  const options = {
    router: {},
    web: async (request: Request) => {
      if (!request.url.includes('/upload/')) return null;
      try {
        for await (const chunk of request.body!) received += (chunk as Uint8Array).length;
      } catch {
        broken += 1; // what an upload sees when its sender has gone
      }
      return new Response('taken');
    },
    page: pageFiles(smallPage(folder)),
    port: 0,
    log: (error: unknown) => logged.push(String(error)),
    silentWithin: 300,
    heartbeat: 20,
  };
  server = await openServer({ ...options, headWithin: 200 });
  patient = await openServer(options);
});
afterAll(async () => {
  await server.close();
  await patient.close();
  rmSync(folder, { recursive: true });
});

async function socket(at = server): Promise<Socket & { answer: () => string }> {
  const opened = connect(at.port, '127.0.0.1');
  let text = '';
  opened.on('data', (part: Buffer) => (text += part.toString()));
  opened.on('error', () => undefined); // a reset is one form of closing
  await once(opened, 'connect');
  return Object.assign(opened, { answer: () => text });
}
const closed = (one: Socket) => (one.closed ? Promise.resolve() : once(one, 'close'));
const head = (more: string, cookie = '', { port } = server) =>
  `PUT /upload/up-1/a.png HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\n${cookie}${more}\r\n\r\n`;
async function cookie(): Promise<string> {
  const { search, pathname } = new URL(server.link());
  const one = await socket();
  one.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`,
  );
  await closed(one);
  return `Cookie: ${/set-cookie: ([^;]+)/i.exec(one.answer())![1]!}\r\n`;
}

describe('a socket', () => {
  test.each([
    ['nothing', ''],
    ['half of a head', 'GET / HTTP/1.1\r\nHost: 127.0'],
    ['a head without an end', 'GET / HTTP/1.1\r\nX-A: 1\r\n'],
  ])('that sends %s is closed', async (_, text) => {
    const one = await socket();
    one.write(text);
    await closed(one);
  });

  test.each([
    ['a head drop by drop', 'GET / HTTP/1.1\r\nX-A: 1'],
    ['what is no request', '\u0016\u0003\u0001\r\n\r\n'],
    [
      'a request to change to another protocol',
      'GET /rpc HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
  ])('that sends %s is closed, though it goes on after it was told', async (_, text) => {
    const one = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    one.on('error', () => undefined).resume();
    one.write(text);
    const drops = setInterval(() => one.write('a'), 20);
    // (`once` would treat a reset, which is one form of closing, as a failure.)
    await new Promise((resolve) => one.once('close', resolve));
    clearInterval(drops);
  });

  test('of a stranger who sends a body is answered and closed, and nothing of the body is read', async () => {
    const one = await socket();
    one.write(head(`Content-Length: ${2 ** 31}`));
    const chunk = Buffer.alloc(2 ** 20);
    let sent = 0;
    while (!one.destroyed && sent < 200) {
      sent += 1;
      if (!one.write(chunk)) await Promise.race([once(one, 'drain'), closed(one)]).catch(() => undefined);
    }
    await closed(one);
    // Only the system's own buffers, not the 200 MiB to be sent.
    expect(sent).toBeLessThan(100);
    expect(one.answer()).toMatch(/^HTTP\/1.1 401 [^]*connection: close/i);
    expect(received).toBe(0);
  });

  test('of a stranger who asks whether to send a body is refused, and not told to continue', async () => {
    const one = await socket();
    one.write(head('Content-Length: 10\r\nExpect: 100-continue'));
    await closed(one);
    expect(one.answer()).toMatch(/^HTTP\/1.1 401 /);
  });

  test('of 300 strangers who send bodies drop by drop: all are closed', async () => {
    const all = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const one = await socket(patient);
        one.write(`${head('Content-Length: 1000000', '', patient)}x`);
        return one;
      }),
    );
    await Promise.all(all.map(closed));
    for (const one of all) expect(one.answer()).toMatch(/^HTTP\/1.1 401 /);
    expect(received).toBe(0);
  });

  test('of an admitted client is told to continue and read; once it falls silent it is closed', async () => {
    const known = await cookie();
    const one = await socket();
    one.write(head('Content-Length: 4\r\nConnection: close\r\nExpect: 100-continue', known));
    await once(one, 'data');
    expect(one.answer()).toMatch(/^HTTP\/1.1 100 /);
    one.write('1234');
    await closed(one);
    expect(one.answer()).toContain('taken');
    expect(received).toBe(4);
    const silent = await socket();
    silent.write(`${head('Content-Length: 1000', known)}x`);
    await closed(silent);
    await expect.poll(() => broken).toBe(1);
  });
});

describe('a window’s connection', () => {
  async function line(options: { autoPong: boolean }): Promise<WebSocket> {
    const [, value] = (await cookie()).trim().split(': ');
    const at = `127.0.0.1:${server.port}`;
    const opened = new WebSocket(`ws://${at}/rpc?window=w&take=1`, {
      ...options,
      headers: { cookie: value!, origin: `http://${at}` },
    });
    await once(opened, 'open');
    return opened;
  }

  test('is kept though the server had no turn to read its answer before it asks again', async () => {
    const window = await line({ autoPong: true });
    for (let times = 0; times < 5; times++) {
      await once(window, 'ping');
      // Blocks this process until the next pings are due.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    }
    await once(window, 'ping');
    expect(window.readyState).toBe(WebSocket.OPEN);
    window.close();
    await once(window, 'close');
  });

  test('whose window answers nothing is ended, and the log says so', async () => {
    const window = await line({ autoPong: false });
    const [code] = (await once(window, 'close')) as [number];
    expect(code).toBe(1006);
    expect(logged.join()).toContain('a window did not answer 3 times');
  });
});
