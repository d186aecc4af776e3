import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { FalxError } from '../../contract/errors.ts';
import type { PageFiles } from '../page/files.ts';
import { safeHeaders } from '../page/headers.ts';
import { Access } from './access.ts';
import { judge } from './door.ts';
import { openLines } from './line.ts';
import { drain, plainPath, send, toRequest } from './requests.ts';

export type ServerOptions = {
  router: AnyRouter;
  /** Pictures and uploads; null for other addresses. */
  web: (request: Request) => Promise<Response | null>;
  page: PageFiles;
  /** 0: any that is free. */
  port: number;
  log: (error: unknown, what: string) => void;
};

export type BrowserServer = {
  readonly port: number;
  /** An address that lets one browser in, once; the one made before is good no more. */
  link(): string;
  /** Tells the windows and waits until all is closed. */
  close(): Promise<void>;
};

/**
 * Serves the window to browsers of this machine: on its loopback address only, to whoever was let in by a token, by
 * this server's own name, from this server's own page.
 * @throws FalxError `bad-usage` when the port is taken or not allowed.
 */
export async function openServer({ router, web, page, port, log }: ServerOptions): Promise<BrowserServer> {
  const lines = openLines(router, (error) => log(error, 'line'));
  // An upload lasts as long as it takes; a request's head does not.
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 });
  await listen(server, port);
  const actual = (server.address() as AddressInfo).port;
  const access = new Access(actual);
  const headers = safeHeaders(access.hosts.map((host) => `ws://${host}`));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Response> {
    const refused = judge(access, request);
    if (refused) return refused;
    const asked = toRequest(request, response, `http://${request.headers.host}`);
    return (await web(asked)) ?? (await page(asked)) ?? new Response('Not found\n', { status: 404 });
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answered = await answer(request, response);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await send(answered, response);
    if (!request.complete && answered.headers.get('connection') !== 'close') drain(request);
  }

  server.on('request', (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log(error, `${request.method} ${request.url?.split('?', 1)[0]}`);
      if (response.headersSent) response.destroy();
      else
        response.writeHead(500, { 'content-type': 'text/plain', connection: 'close' }).end('Falx failed.\n');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // gone before it was answered
    const { headers: sent, url = '/' } = request;
    if (!access.isOurOrigin(sent)) return hangUp(socket, '403 Forbidden');
    if (plainPath(url) !== '/rpc') return hangUp(socket, '404 Not Found');
    if (!access.isKnown(sent)) return hangUp(socket, '401 Unauthorized');
    lines.upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) hangUp(socket, '400 Bad Request');
  });

  return {
    port: actual,
    link: () => `http://127.0.0.1:${actual}/?token=${access.newToken()}`,
    close: async () => {
      lines.close();
      const closed = new Promise((resolve) => server.close(resolve));
      // Those that do nothing; what is under way gets a moment.
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(timer);
    },
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message;
      reject(
        new FalxError(
          'bad-usage',
          `Falx can't listen on port ${port}: ${why}. Choose another with --port, or leave it out to take any that is free.`,
          { port },
          { cause },
        ),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function hangUp(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
