import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { safeHeaders } from '../page/headers.ts';
import { cannotStartPage } from './refusal-page.ts';
import { openInBrowser } from './system-browser.ts';

/** How long to wait for the browser, milliseconds: it may have to be started first. */
const PATIENCE = 60_000;

/**
 * Shows in the system's browser why Falx can't start: a user who started it from a menu sees no terminal. Ends once the page was
 * loaded, or the browser does not request it.
 * @param open as `openInBrowser`
 */
export async function showCannotStart(
  error: unknown,
  open: (address: string) => Promise<boolean> = openInBrowser,
  patience = PATIENCE,
): Promise<void> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const shown = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404, safeHeaders()).end();
    response.writeHead(200, { ...safeHeaders(), 'content-type': 'text/html; charset=utf-8' });
    response.end(cannotStartPage(error, request.headers['accept-language']), () => shown.resolve());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const timer = setTimeout(() => shown.resolve(), patience);
  try {
    if (await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)) await shown.promise;
  } finally {
    clearTimeout(timer);
    server.close();
    server.closeIdleConnections();
  }
}
