import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Access control of the server. A token lets one browser in, once; the browser then holds a cookie. Pages of other servers, and
 * foreign names that resolve to this machine, are refused even with the cookie.
 */
export class Access {
  /** Allowed values of the Host header. */
  readonly hosts: readonly string[];
  readonly #cookie: string;
  readonly #session = secret();
  #token: string | null = null;

  constructor(port: number) {
    const after = port === 80 ? '' : `:${port}`;
    this.hosts = [`127.0.0.1${after}`, `localhost${after}`];
    // A cookie is sent to every port of its host: the port in its name keeps two servers apart.
    this.#cookie = `falx-${port}`;
  }

  /** A token that lets one browser in. The previous one, if unused, becomes invalid. */
  newToken(): string {
    this.#token = secret();
    return this.#token;
  }

  /** Uses up the token. @returns the `Set-Cookie` for its bearer, or null if it is wrong or used. */
  enter(token: string): string | null {
    if (this.#token === null || !same(token, this.#token)) return null;
    this.#token = null;
    return `${this.#cookie}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether the request has the cookie of a browser that was let in. */
  isKnown({ cookie = '' }: IncomingHttpHeaders): boolean {
    return cookie
      .split(';')
      .map((pair) => pair.trim())
      .some(
        (pair) =>
          pair.startsWith(`${this.#cookie}=`) && same(pair.slice(this.#cookie.length + 1), this.#session),
      );
  }

  /** Whether the request is made to this server by its own name: a foreign name that resolves here is DNS rebinding. */
  isOurHost({ host }: IncomingHttpHeaders): boolean {
    return host !== undefined && this.hosts.includes(host);
  }

  /**
   * Whether the request comes from this server's own page, or from no page at all, such as the address bar.
   * @param changes whether it does more than read: a browser then always states the origin.
   */
  isOurPage(headers: IncomingHttpHeaders, changes: boolean): boolean {
    if (isForeignSite(headers)) return false;
    return headers.origin === undefined ? !changes : this.isOurOrigin(headers);
  }

  /** Whether the requesting page was itself served by this server, under the name in the request. */
  isOurOrigin(headers: IncomingHttpHeaders): boolean {
    return this.isOurHost(headers) && headers.origin === `http://${headers.host}`;
  }
}

/** A page on another port counts as the same site and gets the cookie sent along, but is foreign all the same. */
export function isForeignSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether a user follows a link to the page itself: harmless from anywhere, since nothing of it can be read there. */
export function opensPage(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin === undefined &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/** 256 bits. */
export const secret = () => randomBytes(32).toString('base64url');

/** Constant-time comparison. */
export const same = (one: string, other: string) => timingSafeEqual(hash(one), hash(other));
const hash = (text: string) => createHash('sha256').update(text).digest();
