import type { PageFiles } from '../page/page-files.ts';
import { safeHeaders } from '../page/headers.ts';
import { type Electron, origin, scheme } from './electron.ts';

/** Makes falx:// behave like a web server's scheme: with an origin of its own, `fetch`, and streams. Before Electron is ready. */
export function registerScheme({ protocol }: Pick<Electron, 'protocol'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
}

/** Serves the page, its pictures, and its uploads. @param web pictures and uploads; null for other URLs */
export function servePage(
  { protocol }: Pick<Electron, 'protocol'>,
  page: PageFiles,
  web: (request: Request) => Promise<Response | null>,
): void {
  protocol.handle(scheme, async (request) => {
    const answer = await answerTo(request, page, web);
    for (const [name, value] of Object.entries(safeHeaders())) answer.headers.set(name, value);
    return answer;
  });
}

async function answerTo(
  request: Request,
  page: PageFiles,
  web: (request: Request) => Promise<Response | null>,
): Promise<Response> {
  const { protocol, host, pathname } = new URL(request.url);
  if (`${protocol}//${host}` !== origin) return new Response('Not found\n', { status: 404 });
  const allowed = pathname.startsWith('/upload/') ? ['PUT'] : ['GET', 'HEAD'];
  if (!allowed.includes(request.method))
    return new Response('This cannot be done here.\n', {
      status: 405,
      headers: { allow: allowed.join(', ') },
    });
  return (await web(request)) ?? (await page(request)) ?? new Response('Not found\n', { status: 404 });
}
