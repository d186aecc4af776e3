import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DesktopBridge } from '../../../src-main/contract/desktop.ts';
import { expose } from '../../../src-main/shells/electron/expose.ts';
import { desktopLink } from '../../../src-renderer/host/desktop-link.ts';
import { Started } from './started.ts';
import type { StandIn } from './electron-stand-in.ts';

const started = new Started();
let standIn: StandIn;
beforeAll(async () => {
  standIn = await started.start();
});
afterAll(() => started.close());

describe('falx://', () => {
  it('is like a web server’s address to the page', async () => {
    const { protocol } = standIn;
    expect(protocol.schemes).toEqual([
      { scheme: 'falx', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
    ]);
  });

  it.each([
    ['falx://app/', 200, 'the window'],
    ['falx://app/assets/index-0f3a9c.js', 200, 'export'],
    ['falx://app/../secret.txt', 404, 'Not found'],
    ['falx://app/%2e%2e/secret.txt', 404, 'Not found'],
    ['falx://other/', 404, 'Not found'],
    ['falx://app/picture/image/1?side=64', 404, 'not-found'],
    ['falx://app/picture/image/..%2f1?side=64', 400, 'bad-usage'],
  ])('%s: %i', async (address, status, text) => {
    const { protocol } = standIn;
    const answer = await protocol.fetch(address);
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status,
      body: expect.stringContaining(text) as string,
    });
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
  });

  it('takes no POST', async () => {
    const { protocol } = standIn;
    expect((await protocol.fetch('falx://app/', { method: 'POST' })).status).toBe(405);
  });
});

describe('a page', () => {
  it('opens no window, no webview, and goes nowhere but to itself', async () => {
    const { window } = standIn;
    const { contents } = window;
    expect(contents.openHandler?.({} as never)).toEqual({ action: 'deny' });
    expect(contents.attachesWebview()).toBe(false);
    for (const event of ['will-navigate', 'will-frame-navigate'] as const) {
      expect(contents.navigates(event, 'falx://app/#/train')).toBe(true);
      for (const url of [
        'https://example.com/',
        'file:///etc/passwd',
        'falx://app/other.html',
        'falx://app.evil/',
      ])
        expect(contents.navigates(event, url), url).toBe(false);
    }
    expect(contents.navigates('will-frame-navigate', 'falx://app/', false)).toBe(false);
    expect(contents.navigates('will-redirect', 'falx://app/')).toBe(false);
  });

  it('may copy text, and gets no other permission', async () => {
    const { session } = standIn;
    expect(session.grants('clipboard-sanitized-write')).toBe(true);
    expect(session.grants('clipboard-sanitized-write', 'falx://app/#/settings')).toBe(true);
    expect(session.grants('clipboard-sanitized-write', 'falx://app/', false)).toBe(false);
    for (const elsewhere of [
      'https://example.com/',
      'falx://app.evil/',
      'falx://apps/',
      'file:///falx://app/',
    ])
      expect(session.grants('clipboard-sanitized-write', elsewhere), elsewhere).toBe(false);
    for (const permission of [
      'clipboard-read',
      'media',
      'geolocation',
      'notifications',
      'fileSystem',
    ] as const)
      expect(session.grants(permission), permission).toBe(false);
    expect(session.device?.({} as never)).toBe(false);
  });

  it('reaches the core through its port', async () => {
    const { link } = started.openPage(standIn);
    expect(link.state()).toBe('open');
    expect(await link.client.app.info()).toMatchObject({ shell: 'desktop', home: started.home });
    await expect(link.client.runs.get({ runId: 'run-none' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('hears what happens', async () => {
    const { link } = started.openPage(standIn);
    const events = await link.client.events();
    expect((await events.next()).value).toMatchObject({ kind: 'training' });
    started.core.hub.changed('runs');
    expect((await events.next()).value).toEqual({ kind: 'changed', table: 'runs' });
  });

  it('sees nothing of Electron but the bridge, which it can’t change', async () => {
    const { page, bridge } = started.openPage(standIn);
    expect(Object.keys(page.exposed)).toEqual(['falx']);
    expect(Object.keys(bridge).toSorted()).toEqual([
      'notify',
      'openFolder',
      'pathForFile',
      'pickFiles',
      'pickFolder',
    ]);
    expect(Object.isFrozen(bridge)).toBe(true);
  });

  it('hands over its own port only, not one of a frame in it', async () => {
    const page = standIn.openPage();
    expose(page.preload, page.window);
    const heard = vi.fn();
    standIn.ipcMain.on('falx:connect', heard);
    page.dispatch({ source: {}, data: 'falx:connect', ports: [{}] });
    page.dispatch({ source: page, data: 'other', ports: [{}] });
    page.dispatch({ source: page, data: 'falx:connect', ports: [] });
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('what another sender asks', () => {
  it.each([
    ['a page from elsewhere', { origin: 'https://example.com', parent: null }],
    ['a frame in the page', { origin: 'falx://app', parent: {} as never }],
    ['a page without an origin', { origin: 'null', parent: null }],
    ['a frame that has gone', null],
    ['Falx’s page in what is no window of its own', { origin: 'falx://app', parent: null }, true],
  ])('is refused: %s', async (_who, frame, elsewhere = false) => {
    const page = standIn.openPage(frame, elsewhere ? standIn.otherContents() : undefined);
    expose(page.preload, page.window);
    const bridge = page.exposed['falx'] as DesktopBridge;
    await expect(bridge.pickFolder()).rejects.toThrow('only Falx’s own page may ask');
    await expect(bridge.pickFiles({ title: '', extensions: [], multiple: false })).rejects.toThrow(
      'only Falx',
    );
    await expect(bridge.openFolder(started.home)).rejects.toThrow('only Falx');
    bridge.notify('title', 'body');
    expect(standIn.notifications).toEqual([]);
    vi.stubGlobal('window', page);
    const listening = started.core.hub.listeners;
    void desktopLink(bridge)
      .client.events()
      .catch(() => undefined);
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect(started.core.hub.listeners).toBe(listening);
  });
});

describe('what the page itself sends', () => {
  it('is refused unless it is what was agreed on, and ends nothing', async () => {
    const { preload } = standIn.openPage();
    const secret = 'Hong^Gildong';
    for (const sent of [
      undefined,
      null,
      7,
      [],
      {},
      { title: secret },
      { title: 1, body: secret },
      { title: '', body: secret.repeat(1000) },
    ]) {
      // Listeners must not throw: in Electron that ends the program.
      expect(() => preload.ipcRenderer.send('falx:notify', sent)).not.toThrow();
      await expect(preload.ipcRenderer.invoke('falx:pick-files', sent)).rejects.toThrow(
        'what was sent is not understood',
      );
      await expect(preload.ipcRenderer.invoke('falx:open-folder', sent)).rejects.toThrow(
        'what was sent is not understood',
      );
    }
    const { port1, port2 } = new MessageChannel();
    const closed = new Promise((resolve) => port1.addEventListener('close', resolve));
    const listening = started.core.hub.listeners;
    preload.ipcRenderer.postMessage('falx:connect', { secret }, [port2]);
    await closed;
    expect(started.core.hub.listeners).toBe(listening);
    expect(standIn.notifications).toEqual([]);
  });
});
