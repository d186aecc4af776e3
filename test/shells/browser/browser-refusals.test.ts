import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, enter, serve, type Served } from './served.ts';

let served: Served;
let cookie: string;
beforeAll(async () => {
  served = await serve();
  cookie = await enter(served);
});
afterAll(() => served.close());

/** Headers of every answer, including refusals. */
const always = {
  'content-security-policy': expect.stringMatching(/script-src 'self';/) as string,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

type Asked = { target?: string; method?: string; headers?: Record<string, string>; body?: string };
const foreign = (what: 'origin' | 'host'): Record<string, string> => ({ [what]: 'evil.example' });

describe('a request is refused with', () => {
  const put = { method: 'PUT', target: '/upload/up-1/a.png', body: 'x' };
  it.each<[number, string, () => Asked]>([
    [401, 'no cookie', () => ({ headers: { cookie: '' } })],
    [401, 'another server’s cookie', () => ({ headers: { cookie: cookie.replace(/^falx-\d+/, 'falx-1') } })],
    [401, 'a guessed cookie', () => ({ headers: { cookie: `${cookie.split('=')[0]}=guess` } })],
    [
      401,
      'no cookie, for a file of the page',
      () => ({ headers: { cookie: '' }, target: '/assets/index-0f3a9c.js' }),
    ],
    [
      401,
      'no cookie, for a picture',
      () => ({ headers: { cookie: '' }, target: '/picture/image/1?side=64' }),
    ],
    [403, 'a foreign name', () => ({ headers: foreign('host') })],
    [403, 'this machine’s name and another port', () => ({ headers: { host: '127.0.0.1:1' } })],
    [403, 'this machine’s name and no port', () => ({ headers: { host: '127.0.0.1' } })],
    [403, 'a name that ends like this one', () => ({ headers: { host: `x.${served.host}` } })],
    [403, 'a foreign origin', () => ({ headers: { origin: 'http://evil.example' } })],
    [403, 'no origin to speak of', () => ({ headers: { origin: 'null' } })],
    [403, 'the origin of another port', () => ({ headers: { origin: 'http://127.0.0.1:1' } })],
    [
      403,
      'the origin of the other name',
      () => ({ headers: { origin: `http://localhost:${served.shell.port}` } }),
    ],
    [403, 'the origin over TLS', () => ({ headers: { origin: `https://${served.host}` } })],
    [403, 'a page of another port that fetches', () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
    [
      403,
      'a page elsewhere that shows a picture',
      () => ({
        target: '/picture/image/1?side=64',
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      }),
    ],
    [
      403,
      'a page elsewhere that frames it',
      () => ({
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      }),
    ],
    [403, 'an upload from nowhere', () => put],
    [403, 'an upload from elsewhere', () => ({ ...put, headers: { origin: 'http://evil.example' } })],
    [405, 'a POST', () => ({ method: 'POST' })],
    [405, 'a DELETE', () => ({ method: 'DELETE', target: '/upload/up-1/a.png' })],
    [405, 'an OPTIONS, so that no other page may ask', () => ({ method: 'OPTIONS' })],
    [405, 'a PUT of a page', () => ({ method: 'PUT', headers: { origin: served.origin } })],
    [405, 'a GET of an upload', () => ({ target: '/upload/up-1/a.png' })],
    ...[
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/%252e%252e%252fsecret.txt',
      '/..\\secret.txt',
      '/..%5csecret.txt',
      '/assets/%00index.html',
      '/%',
      '//evil.example/index.html',
      'http://evil.example/',
      '/picture/image/../../registry.sqlite?side=64',
      '/picture/scan/..%2f..%2fregistry.sqlite?side=64',
    ].map((target): [number, string, () => Asked] => [400, target, () => ({ target })]),
    ...[
      '/upload/../x/a.png',
      '/upload/up-1/../../a.png',
      '/upload/up-1/%2e%2e/a.png',
      '/upload/up-1/..%2fa.png',
    ].map((target): [number, string, () => Asked] => [
      400,
      `PUT ${target}`,
      () => ({ ...put, target, headers: { origin: served.origin } }),
    ]),
    [404, 'a file that is none of the page’s', () => ({ target: '/secret.txt' })],
    [
      400,
      'an upload that was not announced',
      () => ({
        ...put,
        target: '/upload/..../a.png',
        headers: { origin: served.origin },
      }),
    ],
  ])('%i: %s', async (status, _what, asked) => {
    const { target = '/', headers = {}, ...rest } = asked();
    const answer = await ask(served, target, { ...rest, headers: { cookie, ...headers } });
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status,
      body: expect.not.stringContaining('not for the window') as string,
    });
    expect(answer.headers).toMatchObject(always);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

it.each([
  ['en-GB,en;q=0.9', /^Open Falx at http:\/\/127\.0\.0\.1:\d+\/\n$/, 'This can’t be done here.\n'],
  [
    'ko-KR,ko;q=0.9',
    /^Falx는 http:\/\/127\.0\.0\.1:\d+\/에서 여세요\n$/,
    '여기에서는 할 수 없는 요청입니다.\n',
  ],
])('a refusal is worded in the language that is asked for: %s', async (language, elsewhere, method) => {
  const headers = { cookie, 'accept-language': language };
  const foreignName = await ask(served, '/', { headers: { ...headers, ...foreign('host') } });
  expect(foreignName.body).toMatch(elsewhere);
  expect((await ask(served, '/', { method: 'POST', headers })).body).toBe(method);
});

describe('the address that is printed', () => {
  const use = (address: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const { pathname, search } = new URL(address);
    return ask(served, pathname + search, { headers });
  };

  it('lets one browser in, with a cookie that no page can read, and leads away from the token', async () => {
    const answer = await use(served.shell.newAddress());
    expect(answer).toMatchObject({
      status: 303,
      headers: { ...always, location: '/', 'cache-control': 'no-store' },
    });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        new RegExp(`^falx-${served.shell.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
      ) as string,
    ]);
  });

  it('is refused the second time, and says what to do in the browser’s language', async () => {
    const address = served.shell.newAddress();
    await use(address);
    expect(await use(address)).toMatchObject({
      status: 403,
      body: expect.stringContaining('press Enter') as string,
    });
    expect(await use(address, { 'accept-language': 'ko-KR,ko;q=0.9' })).toMatchObject({
      status: 403,
      body: expect.stringContaining('Enter 키') as string,
    });
  });

  it('redirects whoever was admitted before', async () => {
    const address = served.shell.newAddress();
    await use(address);
    expect(await use(address, { cookie })).toMatchObject({ status: 303 });
  });

  it.each([
    ['a wrong token', () => served.shell.newAddress().replace(/token=.*/, 'token=wrong')],
    ['no token', () => served.shell.newAddress().replace(/token=.*/, 'token=')],
    [
      'one that a newer has replaced',
      () => {
        const old = served.shell.newAddress();
        served.shell.newAddress();
        return old;
      },
    ],
  ])('is refused with %s', async (_what, address) => {
    expect(await use(address())).toMatchObject({ status: 403 });
  });

  it('is not used up by a wrong guess', async () => {
    const address = served.shell.newAddress();
    await use(address.replace(/token=.*/, 'token=wrong'));
    expect(await use(address)).toMatchObject({ status: 303 });
  });

  it('may be followed from a page elsewhere, which would not bring the cookie along a redirect', async () => {
    const navigates = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const answer = await use(served.shell.newAddress(), navigates);
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('url=/') as string });
    expect(answer.headers['set-cookie']).toHaveLength(1);
  });
});

describe('a window’s connection is refused with', () => {
  it.each<[number, string, () => { target?: string; headers: Record<string, string> }]>([
    [401, 'no cookie', () => ({ headers: { origin: served.origin, cookie: '' } })],
    [403, 'a foreign origin', () => ({ headers: { origin: 'http://evil.example' } })],
    [403, 'no origin', () => ({ headers: {} })],
    [403, 'a foreign name', () => ({ headers: { origin: 'http://evil.example', ...foreign('host') } })],
    [404, 'another path', () => ({ target: '/rpc/../rpc2', headers: { origin: served.origin } })],
  ])('%i: %s', async (status, _what, asked) => {
    const { target = '/rpc?window=w1', headers } = asked();
    expect(await knock(target, { cookie, ...headers })).toBe(status);
  });

  it('nothing when it comes from its own page', async () => {
    expect(await knock('/rpc?window=w1', { cookie, origin: served.origin })).toBe(101);
  });
});

/** @returns the status that answers a WebSocket's handshake */
function knock(target: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    // Written by hand, since a client would normalise the path.
    const socket = new WebSocket(`ws://127.0.0.1:${served.shell.port}/`, {
      headers: { host: served.host, ...headers },
      finishRequest: (request) => {
        request.path = target;
        request.end();
      },
    });
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.once('error', reject);
  });
}
