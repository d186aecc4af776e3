import type { AnyRouter } from '@orpc/server';
import type { PageFiles } from '../page/page-files.ts';
import { safeHeaders } from '../page/headers.ts';
import { Access } from './access.ts';
import { refusalFor } from './access-gate.ts';
import { type ListenerLimits, hangUp, openListener } from './http-listener.ts';
import { openWindowSockets } from './window-sockets.ts';
import { plainPath } from './http-requests.ts';

export type ServerOptions = ListenerLimits & {
  router: AnyRouter;
  /** Pictures and uploads; null for other URLs. */
  web: (request: Request) => Promise<Response | null>;
  page: PageFiles;
  /** 0: any free port. */
  port: number;
  log: (error: unknown, what: string) => void;
  /** Milliseconds between two pings of a window. */
  heartbeat?: number | undefined;
};

export type BrowserServer = {
  readonly port: number;
  /** An address that lets one browser in, once; the previous one becomes invalid. */
  link(): string;
  /** Notifies the windows and waits until everything is closed. */
  close(): Promise<void>;
};

/**
 * Serves the window to browsers of this machine: on its loopback address only, to browsers that were let in by a token, under this
 * server's own name, from this server's own page.
 * @throws FalxError `bad-usage` if the port is taken or not allowed.
 */
export async function openServer({
  router,
  web,
  page,
  heartbeat = 15_000,
  ...door
}: ServerOptions): Promise<BrowserServer> {
  const lines = openWindowSockets(router, (error) => door.log(error, 'line'), heartbeat);
  let access!: Access;
  const { port, server, close } = await openListener(door, (port) => {
    access = new Access(port);
    return {
      headers: safeHeaders(access.hosts.map((host) => `ws://${host}`)),
      refusal: (request) => refusalFor(access, request),
      answer: async (asked) =>
        (await web(asked)) ?? (await page(asked)) ?? new Response('Not found\n', { status: 404 }),
    };
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // closed before it was answered
    const { headers: sent, url = '/' } = request;
    if (!access.isOurOrigin(sent)) return hangUp(socket, '403 Forbidden');
    if (plainPath(url) !== '/rpc') return hangUp(socket, '404 Not Found');
    if (!access.isKnown(sent)) return hangUp(socket, '401 Unauthorized');
    lines.upgrade(request, socket, head);
  });
  return {
    port,
    link: () => `http://127.0.0.1:${port}/?token=${access.newToken()}`,
    close: async () => {
      lines.close();
      await close();
    },
  };
}
