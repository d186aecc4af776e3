import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { inEnglish } from '../contract/messages/say.ts';
import { systemReason } from './system-reason.ts';

/** What a server answered; the body is still to come. */
export type Answer = {
  status: number;
  statusText: string;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
};

/**
 * One GET request, which follows no redirect: each shell has its own way out to the network.
 * @throws RequestError when no answer came.
 */
export type SendRequest = (
  url: URL,
  options: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
) => Promise<Answer>;

/** No answer came, or not all of it. */
export class RequestError extends Error {
  /** The proxy that stood in the way, without name and password; null where the way was direct, or the proxy did its part. */
  readonly proxy: string | null;

  /** A clause that stands in brackets. */
  readonly reason: Message;

  constructor(reason: Message, proxy: string | null = null, options?: { cause?: unknown }) {
    super(inEnglish(reason), options);
    this.name = 'RequestError';
    this.proxy = proxy;
    this.reason = reason;
  }
}

/**
 * Node's own way out: through the proxy that HTTPS_PROXY or HTTP_PROXY names, but for the hosts of NO_PROXY (in small
 * letters too, which go first). Certificates are trusted that Node, NODE_EXTRA_CA_CERTS or the system trusts, so that a
 * company's own authority, installed as the system wants it, will do.
 */
export const nodeRequest: SendRequest = (url, { headers, signal }) =>
  new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const agent = secure
      ? new HttpsAgent({ proxyEnv: process.env, ca: trusted() })
      : new HttpAgent({ proxyEnv: process.env });
    const request = (secure ? getHttps : getHttp)(url, { headers, signal, agent });
    request.once('response', (response) => resolve(answerOf(response)));
    // A connection that breaks later is told of by the body.
    request.on('error', (error) => reject(failure(error, url)));
  });

let authorities: string[] | undefined;
const trusted = (): string[] =>
  (authorities ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);

const answerOf = (response: IncomingMessage): Answer => ({
  status: response.statusCode ?? 0,
  statusText: response.statusMessage ?? '',
  headers: new Headers(
    Object.entries(response.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    ),
  ),
  body: response as AsyncIterable<Uint8Array>,
});

type NetworkError = NodeJS.ErrnoException & { hostname?: string; port?: number };

function failure(error: NetworkError, url: URL): Error {
  if (error.name === 'AbortError') return error;
  const proxy = proxyFor(url);
  const met =
    error.code === 'ERR_PROXY_TUNNEL' ||
    (proxy !== null && (error.hostname === proxy.hostname || String(error.port) === portOf(proxy)));
  const refused = error.code === 'ERR_PROXY_TUNNEL' ? refusal(error.message) : null;
  return new RequestError(reasonOf(error, refused), met && proxy ? proxy.host : null, { cause: error });
}

function reasonOf(error: NetworkError, refused: string | null): Message {
  if (refused === null) return systemReason(error);
  return message('proxyAnswered', { answer: refused });
}

/** Node puts what the proxy answered, such as "HTTP/1.1 403 Forbidden", at the end of its sentence and nowhere else. */
const refusal = (said: string): string | null => /HTTP\/\S+ (\d{3}[^\r\n]*)/.exec(said)?.[1]?.trim() ?? null;

function proxyFor(url: URL): URL | null {
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const value = process.env[name] || process.env[name.toUpperCase()];
  return value ? URL.parse(value) : null;
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
