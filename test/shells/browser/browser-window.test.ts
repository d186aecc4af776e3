import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { pictures } from '../../../src-main/contract/api.ts';
import { takenOver } from '../../../src-main/contract/desktop.ts';
import type { Client } from '../../../src-renderer/host/host.ts';
import { ask, enter, serve, type Served } from './served.ts';

let served: Served;
let cookie: string;
beforeAll(async () => {
  served = await serve();
  cookie = await enter(served);
});
afterAll(() => served.close());

function open(query: string) {
  const socket = new WebSocket(`ws://${served.host}/rpc?${query}`, {
    headers: { cookie, origin: served.origin },
  });
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  const client: Client = createORPCClient(link);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const close = () => {
    socket.close();
    return closed;
  };
  return { client, closed, close };
}

it('serves the page, its hashed files for good and itself never', async () => {
  const page = await ask(served, '/', { headers: { cookie } });
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('the window') as string });
  expect(page.headers['cache-control']).toBe('private, no-cache');
  expect(page.headers['content-security-policy']).toContain(`connect-src 'self' ws://${served.host}`);
  expect(page.headers['content-security-policy']).not.toContain('unsafe-eval');

  const script = await ask(served, '/assets/index-0f3a9c.js', { headers: { cookie } });
  expect(script).toMatchObject({ status: 200, body: 'export {};\n' });
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'private, max-age=31536000, immutable',
  });
});

it('has no file that was built before and has gone, and has those built since', async () => {
  const page = path.join(path.dirname(served.home), 'page');
  const rebuilt = path.join(page, 'assets', 'index-aaaaaa.js');
  writeFileSync(rebuilt, 'export const anew = true;\n');
  renameSync(path.join(page, 'assets', 'index-0f3a9c.js'), path.join(page, 'kept.js'));
  try {
    const at = (target: string) => ask(served, target, { headers: { cookie } });
    expect(await at('/assets/index-0f3a9c.js')).toMatchObject({ status: 404 });
    expect(await at('/assets/index-aaaaaa.js')).toMatchObject({
      status: 200,
      body: 'export const anew = true;\n',
    });
    expect(await at('/assets/nothing.js')).toMatchObject({ status: 404 });
  } finally {
    renameSync(path.join(page, 'kept.js'), path.join(page, 'assets', 'index-0f3a9c.js'));
    rmSync(rebuilt);
  }
});

it('answers HEAD with the head alone', async () => {
  const { status, headers, body } = await ask(served, '/', { method: 'HEAD', headers: { cookie } });
  expect({ status, body }).toEqual({ status: 200, body: '' });
  expect(headers['content-length']).not.toBe('0');
});

it('answers calls over the connection', async () => {
  const { client, close } = open('window=a');
  expect(await client.app.info()).toMatchObject({ shell: 'browser', home: served.home });
  await close();
});

it('streams what happens, for as long as the window listens', async () => {
  const { client, close } = open('window=b');
  const events = await client.events();
  expect((await events.next()).value).toMatchObject({ kind: 'training' });
  served.shell.core.hub.changed('runs');
  expect((await events.next()).value).toEqual({ kind: 'changed', table: 'runs' });
  const listening = served.shell.core.hub.listeners;
  await close();
  await expect.poll(() => served.shell.core.hub.listeners).toBe(listening - 1);
});

describe('a second window', () => {
  it('is told that there is one, which keeps the connection', async () => {
    const first = open('window=c');
    await first.client.app.preferences();
    expect(await open('window=d').closed).toBe(takenOver);
    expect(await first.client.app.preferences()).toBeDefined();
    await first.close();
  });

  it('takes over the connection on request, and the first is told', async () => {
    const first = open('window=e');
    await first.client.app.preferences();
    const second = open('window=f&take=1');
    expect(await second.client.app.preferences()).toBeDefined();
    expect(await first.closed).toBe(takenOver);
    await second.close();
  });

  it('is the first one that comes back, after a reload or a broken line', async () => {
    const first = open('window=g');
    await first.client.app.preferences();
    const again = open('window=g');
    expect(await again.client.app.preferences()).toBeDefined();
    await again.close();
  });
});

it('takes a file that is sent, under the name it has', async () => {
  const { client, close } = open('window=h');
  const { uploadId, folder } = await client.files.newUpload();
  const put = (name: string, body: string) =>
    ask(served, pictures.upload(uploadId, name), {
      method: 'PUT',
      headers: { cookie, origin: served.origin },
      body,
    });
  expect(await put('scans/종양 100%.png', 'pixels')).toMatchObject({ status: 201 });
  expect(readFileSync(`${folder}/scans/종양 100%.png`, 'utf8')).toBe('pixels');
  expect(await put('../../escape.png', 'pixels')).toMatchObject({ status: 400 });
  await close();
});
