import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { FalxError } from '../../contract/errors.ts';
import { systemReason } from '../../system/system-reason.ts';
import { drain, send, toRequest } from './http-requests.ts';

export type ListenerLimits = {
  /** Time limit for the head of a request, and for silence during its body, milliseconds. */
  headWithin?: number | undefined;
  silentWithin?: number | undefined;
};

export type ListenerOptions = ListenerLimits & {
  /** Address of this machine; the loopback address by default. */
  address?: string | undefined;
  /** 0: any free port. */
  port: number;
  log: (error: unknown, what: string) => void;
};

/** The service, created once the port is known. */
export type Service = {
  /** Headers of every answer. */
  headers: Readonly<Record<string, string>>;
  /** Why a request is refused, before any of its body is read; null if it is allowed. */
  refusal: (request: IncomingMessage) => Response | null;
  answer: (request: Request) => Promise<Response>;
};

export type HttpListener = { readonly port: number; readonly server: Server; close(): Promise<void> };

/**
 * Listens for HTTP requests: refused clients send no body, and slow or silent senders block nothing.
 * @throws FalxError `bad-usage` if the port is taken or not allowed.
 */
export async function openListener(
  { address = '127.0.0.1', port, log, headWithin = 10_000, silentWithin = 60_000 }: ListenerOptions,
  behind: (port: number) => Service,
): Promise<HttpListener> {
  // An upload may take any time; a request's head may not.
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: headWithin,
    // By default Node checks for slow heads only every half minute.
    connectionsCheckingInterval: Math.min(1000, headWithin),
  });
  await listen(server, port, address);
  const actual = (server.address() as AddressInfo).port;
  const { headers, refusal, answer } = behind(actual);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusal(request);
    if (refused) return refuse(refused, request, response);
    if (request.headers.expect !== undefined) response.writeContinue();
    // A sender that has gone silent does not block for long.
    const silence = () => request.socket.destroy();
    if (hasBody(request)) request.socket.setTimeout(silentWithin, silence);
    // A client that has sent everything may wait for the answer for any time.
    request.once('end', () => request.socket.setTimeout(0, silence));
    const answered = await answer(toRequest(request, response, `http://${request.headers.host}`));
    request.socket.setTimeout(0, silence);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await send(answered, response);
    if (!request.complete && answered.headers.get('connection') !== 'close') drain(request);
  }

  /** Nothing of a refused request's body is read; the connection ends with the answer. */
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
    // Unread data reset the connection when it is closed: the answer gets a moment first.
    response.once('finish', () => setTimeout(() => socket.destroy(), ANSWER_HEARD).unref());
    await send(refused, response);
  }

  // A client that asks before sending its body is told to continue only if it is allowed.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  server.on('request', (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log(error, `${request.method} ${request.url?.split('?', 1)[0]}`);
      if (response.headersSent) response.destroy();
      else
        response.writeHead(500, { 'content-type': 'text/plain', connection: 'close' }).end('Falx failed.\n');
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) hangUp(socket, '400 Bad Request');
  });

  return {
    port: actual,
    server,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // Idle connections; those in use get a moment.
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** How long a connection stays open for its last answer to be read, milliseconds. */
const ANSWER_HEARD = 500;

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new FalxError('portNotTaken', { port, reason: systemReason(cause) }, { cause }));
    });
    server.listen(port, address, resolve);
  });
}

/** Closes both directions: a client that ignores the end and continues sending would otherwise keep the socket. */
export function hangUp(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    setTimeout(() => socket.destroy(), ANSWER_HEARD).unref(),
  );
}
