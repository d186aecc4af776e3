import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { FalxError } from '../../contract/errors.ts';
import { systemReason } from '../../system/system-reason.ts';
import type { PageFiles } from '../page/page-files.ts';
import { safeHeaders } from '../page/headers.ts';
import { Access } from './access.ts';
import { refusalFor } from './access-gate.ts';
import { openWindowSockets } from './window-sockets.ts';
import { drain, plainPath, send, toRequest } from './http-requests.ts';

export type ServerOptions = {
  router: AnyRouter;
  /** Pictures and uploads; null for other addresses. */
  web: (request: Request) => Promise<Response | null>;
  page: PageFiles;
  /** 0: any that is free. */
  port: number;
  log: (error: unknown, what: string) => void;
  /** Milliseconds that the head of a request may take, and that nothing may come of a body. */
  headWithin?: number | undefined;
  silentWithin?: number | undefined;
  /** Milliseconds between two questions whether a window is still there. */
  heartbeat?: number | undefined;
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
export async function openServer({
  router,
  web,
  page,
  port,
  log,
  headWithin = 10_000,
  silentWithin = 60_000,
  heartbeat = 15_000,
}: ServerOptions): Promise<BrowserServer> {
  const lines = openWindowSockets(router, (error) => log(error, 'line'), heartbeat);
  // An upload lasts as long as it takes; a request's head does not.
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: headWithin,
    // Node looks after slow heads every half minute otherwise.
    connectionsCheckingInterval: Math.min(1000, headWithin),
  });
  await listen(server, port);
  const actual = (server.address() as AddressInfo).port;
  const access = new Access(actual);
  const headers = safeHeaders(access.hosts.map((host) => `ws://${host}`));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Response> {
    const asked = toRequest(request, response, `http://${request.headers.host}`);
    return (await web(asked)) ?? (await page(asked)) ?? new Response('Not found\n', { status: 404 });
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusalFor(access, request);
    if (refused) return refuse(refused, request, response);
    if (request.headers.expect !== undefined) response.writeContinue();
    // A sender that has gone silent holds nothing up for long.
    if (hasBody(request)) request.socket.setTimeout(silentWithin, () => request.socket.destroy());
    const answered = await answer(request, response);
    request.socket.setTimeout(0);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await send(answered, response);
    if (!request.complete && answered.headers.get('connection') !== 'close') drain(request);
  }

  /** Nothing of a body is read of whoever may not send one; the connection ends with the answer. */
  async function refuse(
    refused: Response,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!hasBody(request)) return send(refused, response);
    const { socket } = request;
    request.pause();
    response.setHeader('connection', 'close');
    refused.headers.delete('connection');
    // What was sent and is not read resets the connection when it closes: the answer gets a moment first.
    response.once('finish', () => setTimeout(() => socket.destroy(), ANSWER_HEARD).unref());
    await send(refused, response);
  }

  // Asked before it sends its body: it is told to go on only when it may.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
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

/** How long a connection stays for its last answer to be read, milliseconds. */
const ANSWER_HEARD = 500;

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new FalxError('portNotTaken', { port, reason: systemReason(cause) }, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Ends both ways: who was told that it is over and goes on sending would hold the socket else. */
function hangUp(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    setTimeout(() => socket.destroy(), ANSWER_HEARD).unref(),
  );
}
