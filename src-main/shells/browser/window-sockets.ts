import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { takenOver } from '../../contract/desktop.ts';

/** Largest message of a window, bytes: it sends ids, settings and notes. Files are sent by HTTP. */
const LARGEST = 2 ** 20;
/** Unanswered pings after which it counts as gone. */
const SILENT = 3;

export type WindowSockets = {
  /** Accepts an upgrade that has been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
};

/**
 * The windows' connections to the core. Only one window is connected at a time: another is told so (close code `takenOver`), and
 * takes over if it asks to, `?take=1`. A window that reconnects, as after a reload, is recognised by its `?window=`.
 * @param heartbeat milliseconds between two pings of a window.
 */
export function openWindowSockets(
  router: AnyRouter,
  log: (error: Error) => void,
  heartbeat: number,
): WindowSockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  const handler = new RPCHandler(router);
  let holder: { socket: WebSocket; window: string } | null = null;

  function open(socket: WebSocket, query: URLSearchParams): void {
    socket.on('error', log);
    const window = query.get('window') ?? '';
    if (holder && holder.window !== window && !query.has('take'))
      return socket.close(takenOver, 'another window is open');
    holder?.socket.close(takenOver, 'another window has taken over');
    const mine = { socket, window };
    holder = mine;
    const stop = beat(socket, heartbeat, log);
    socket.once('close', () => {
      stop();
      if (holder === mine) holder = null;
    });
    // Waits until it is sent, so that a slow connection is not flooded with outdated events.
    const send = (data: string | Buffer) =>
      new Promise<void>((resolve) => socket.send(data, () => resolve()));
    void handler.upgrade({
      addEventListener: socket.addEventListener.bind(socket),
      send: send as WebSocket['send'],
    });
  }

  return {
    upgrade: (request, socket, head) => {
      const query = new URL(request.url ?? '/', 'http://window').searchParams;
      server.handleUpgrade(request, socket, head, (opened) => open(opened, query));
    },
    close: () => {
      for (const socket of server.clients) {
        socket.close(1001, 'Falx has ended');
        // A client that does not answer is not waited for.
        setTimeout(() => socket.terminate(), 1000).unref();
      }
      server.close();
    },
  };
}

/**
 * Closes a connection whose other end has vanished, as when a machine was suspended. A single ping is not conclusive: if this
 * process did not get to run for longer than that, the answer is still unread.
 */
function beat(socket: WebSocket, heartbeat: number, log: (error: Error) => void): () => void {
  let unanswered = 0;
  // Any message proves that the window is there; one that sends a lot may answer late.
  for (const event of ['pong', 'message']) socket.on(event, () => (unanswered = 0));
  const timer = setInterval(() => {
    if (unanswered === SILENT) {
      log(new Error(`a window did not answer ${SILENT} times: its line is ended`));
      return socket.terminate();
    }
    unanswered += 1;
    socket.ping();
  }, heartbeat);
  return () => clearInterval(timer);
}
