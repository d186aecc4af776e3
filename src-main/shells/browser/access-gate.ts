import type { IncomingMessage } from 'node:http';
import { type Access, isForeignSite, opensPage } from './access.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { onwardPage, refusalLine, refusalPage } from './refusal-page.ts';
import { plainPath } from './http-requests.ts';

type Asked = Pick<IncomingMessage, 'headers' | 'method' | 'url'>;

/** @returns the answer to a request that is refused, or redirected with a cookie; null if it is allowed. */
export function refusalFor(access: Access, { headers, method = 'GET', url = '/' }: Asked): Response | null {
  const refuse = (status: number, told: Message, more: Record<string, string> = {}) =>
    refusal(status, refusalLine(told, headers['accept-language']), more);
  if (!access.isOurHost(headers))
    return refuse(403, message('refusedHost', { address: `http://${access.hosts[0]}/` }));
  const path = plainPath(url);
  if (path === null) return refuse(400, message('refusedPath', {}));
  const allowed = path.startsWith('/upload/') ? ['PUT'] : ['GET', 'HEAD'];
  if (!allowed.includes(method))
    return refuse(405, message('refusedMethod', {}), { allow: allowed.join(', ') });
  const atDoor = path === '/' && method === 'GET';
  if (!access.isOurPage(headers, method === 'PUT') && !(atDoor && opensPage(headers)))
    return refuse(403, message('refusedSite', {}));
  const token = atDoor ? new URL(url, 'http://door').searchParams.get('token') : null;
  if (token !== null) return enter(access, headers, token);
  return access.isKnown(headers) ? null : page(401, refusalPage('unknown', headers['accept-language']));
}

function enter(access: Access, headers: IncomingMessage['headers'], token: string): Response {
  const cookie = access.enter(token);
  if (cookie === null && !access.isKnown(headers))
    return page(403, refusalPage('used', headers['accept-language']));
  // Redirects away from the token, so that it stays out of the history. A request from another site, as from a terminal in a web
  // page, would not send the new cookie along a redirect; a navigation by this page itself does.
  const answer = isForeignSite(headers)
    ? page(200, onwardPage)
    : new Response(null, { status: 303, headers: { location: '/', 'cache-control': 'no-store' } });
  if (cookie !== null) answer.headers.set('set-cookie', cookie);
  return answer;
}

/** The connection is closed: what is still being sent is not read. */
const refusal = (status: number, text: string, more: Record<string, string>) =>
  new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...more },
  });

const page = (status: number, html: string) =>
  new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
