import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { inEnglish } from '../contract/messages/say.ts';
import { systemReason } from './system-reason.ts';

/** A server's answer; the body is still to come. */
export type Answer = {
  status: number;
  statusText: string;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
};

/** One GET request, which follows no redirects: each shell has its own HTTP client. @throws RequestError if no answer came. */
export type SendRequest = (
  url: URL,
  options: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
) => Promise<Answer>;

/** No answer came, or an incomplete one. */
export class RequestError extends Error {
  /** The proxy that failed, without name and password; null if there was none, or it worked. */
  readonly proxy: string | null;

  /** A clause shown in brackets. */
  readonly reason: Message;

  constructor(reason: Message, proxy: string | null = null, options?: { cause?: unknown }) {
    super(inEnglish(reason), options);
    this.name = 'RequestError';
    this.proxy = proxy;
    this.reason = reason;
  }
}

/**
 * Node's own client: through the proxy named by HTTPS_PROXY or HTTP_PROXY, except for hosts in NO_PROXY (lower-case variants take
 * precedence). Trusts the certificates of Node, NODE_EXTRA_CA_CERTS and the system, so that a company's own authority works if it
 * is installed in the system.
 */
export const nodeRequest: SendRequest = (url, { headers, signal }) =>
  new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const agent = secure
      ? new HttpsAgent({ proxyEnv: process.env, ca: trusted() })
      : new HttpAgent({ proxyEnv: process.env });
    const request = (secure ? getHttps : getHttp)(url, { headers, signal, agent });
    request.once('response', (response) => resolve(answerOf(response)));
    // A connection that breaks later is reported by the body.
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

/** Node puts the proxy's answer, such as "HTTP/1.1 403 Forbidden", only at the end of its message. */
const refusal = (said: string): string | null => /HTTP\/\S+ (\d{3}[^\r\n]*)/.exec(said)?.[1]?.trim() ?? null;

function proxyFor(url: URL): URL | null {
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const value = process.env[name] || process.env[name.toUpperCase()];
  return value ? URL.parse(value) : null;
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
