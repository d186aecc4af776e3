import { message, type Message } from '../../contract/messages/catalogue.ts';
import { RequestError, type SendRequest } from '../../system/http-request.ts';
import { systemReason } from '../../system/system-reason.ts';
import type { Electron } from './electron.ts';

/**
 * Electron's HTTP client: Chromium's, which uses the system's proxy settings (automatic ones, PAC, too) and trusts the system's
 * certificates. Not run: tested with a stand-in for `net`, since Electron's binary could not be downloaded.
 */
export const electronRequest =
  ({ net, session }: Pick<Electron, 'net' | 'session'>): SendRequest =>
  (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = net.request({
        url: url.href,
        headers: { ...headers },
        redirect: 'manual', // the caller checks the target first
        credentials: 'omit',
        cache: 'no-store',
      });
      const abort = () => request.abort();
      signal.addEventListener('abort', abort, { once: true });
      request.on('close', () => signal.removeEventListener('abort', abort));
      // No password is asked for: the answer, or the error, says that one is required.
      request.on('login', (_, callback) => callback());
      request.on('redirect', (status, _, location) => {
        resolve({ status, statusText: '', headers: new Headers({ location }), body: nothing() });
        request.abort();
      });
      request.on('response', (answer) => {
        resolve({
          status: answer.statusCode,
          statusText: answer.statusMessage,
          headers: headersOf(answer.headers),
          body: bodyOf(answer as unknown as AsyncIterable<Uint8Array>, signal),
        });
      });
      request.on('abort', () => reject(signal.reason as Error));
      request.on('error', (error) => {
        void failure(error, url, session.defaultSession).then(reject, reject);
      });
      request.end();
    });

const headersOf = (headers: Record<string, string | string[]>): Headers =>
  new Headers(
    Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
  );

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Electron's answer is typed as a Readable; an aborted one may simply end. */
async function* bodyOf(message: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* message;
  signal.throwIfAborted();
}

type Session = Electron['session']['defaultSession'];

function reasonOf(error: Error, errno: string | undefined): Message {
  if (errno === undefined) return systemReason(error, 'Chromium');
  return message('networkSays', { errno });
}

/** Chromium's errors are identified by a code, `net::ERR_PROXY_CONNECTION_FAILED`. */
async function failure(error: Error, url: URL, session: Session): Promise<RequestError> {
  const errno = /net::(ERR_\w+)/.exec(error.message)?.[1];
  const reason = reasonOf(error, errno);
  const met = /^ERR_(PROXY|TUNNEL|SOCKS|MANDATORY_PROXY|PAC)/.test(errno ?? '');
  return new RequestError(reason, met ? await proxyFor(url, session) : null, { cause: error });
}

/** The first of Chromium's list, "PROXY 10.0.0.1:3128; DIRECT". */
async function proxyFor(url: URL, session: Session): Promise<string | null> {
  const first = (await session.resolveProxy(url.href)).split(';')[0]!.trim();
  return /^(?:PROXY|HTTPS|SOCKS\d?)\s+(\S+)/.exec(first)?.[1] ?? null;
}
