import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { takenOver } from '../../contract/desktop.ts';

/** Largest message of a window, bytes: what it sends are ids, settings and notes. Files go another way. */
const LARGEST = 2 ** 20;
/** Questions without an answer after which it is not. */
const SILENT = 3;

export type WindowSockets = {
  /** Takes over a connection that has been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
};

/**
 * The windows' lines to the core. One window holds it at a time: another is told so (close code `takenOver`), and gets it
 * when it asks for it, `?take=1`. A window that comes back, as after a reload, is known by its `?window=`.
 * @param heartbeat milliseconds between two questions whether a window is still there.
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
    // Waits until it is sent, so that a slow line is not flooded with events it has no use for any more.
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
        // One that does not answer is not waited for.
        setTimeout(() => socket.terminate(), 1000).unref();
      }
      server.close();
    },
  };
}

/**
 * Ends a line whose other end is gone without a word, as when a machine was put to sleep. One question alone does not tell:
 * where this process had no turn for longer than that, its answer lies there unread.
 */
function beat(socket: WebSocket, heartbeat: number, log: (error: Error) => void): () => void {
  let unanswered = 0;
  // Whatever comes says that somebody is there; a window that sends much may answer late.
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
