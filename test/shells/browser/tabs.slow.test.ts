import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { greeted } from '../../journeys/greeted.ts';
import { type BrowserShell, startBrowserShell } from '../../../src-main/shells/browser/start.ts';
import { openChromium, PATIENCE } from '../../browser.ts';
import { builtWindow } from '../../built.ts';
import { slowLine } from '../../slow-line.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-tabs-'));
let browser: Browser;
let context: BrowserContext;
let shell: BrowserShell;
/** The browser console's messages, including policy violations. */
const complaints: string[] = [];

const start = (port = 0) => startBrowserShell({ home: greeted(path.join(scratch, 'home')), port });

beforeAll(async () => {
  await builtWindow();
  browser = await openChromium();
  shell = await start();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB' });
  context.setDefaultTimeout(PATIENCE);
  await slowLine(context);
});
afterAll(async () => {
  await browser?.close();
  await shell?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function open(address = `http://127.0.0.1:${shell.port}/`): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(address);
  return page;
}

const isConnected = (page: Page) => page.getByText('Connected', { exact: true }).waitFor();
const useHere = (page: Page) => page.getByRole('button', { name: 'Use it here' });

it('the printed address opens the window and disappears from the address bar', async () => {
  const page = await open(shell.newAddress());
  await isConnected(page);
  expect(page.url()).not.toContain('token');
});

it('a second tab is told of the first, and takes over on a click', async () => {
  const first = await open(shell.newAddress());
  await isConnected(first);
  const second = await open();
  await useHere(second).click();
  await isConnected(second);
  await useHere(first).waitFor();
});

it('a reloaded tab is the same tab', async () => {
  const page = await open(shell.newAddress());
  await isConnected(page);
  for (let times = 0; times < 5; times++) {
    await page.reload();
    await isConnected(page);
  }
  expect(await useHere(page).count()).toBe(0);
});

it('a tab reconnects by itself when the connection breaks', async () => {
  const lines: WebSocketRoute[] = [];
  await context.routeWebSocket('**/rpc**', (line) => {
    line.connectToServer();
    lines.push(line);
  });
  const page = await open(shell.newAddress());
  await isConnected(page);
  await lines[0]?.close({ code: 1011 });
  await expect.poll(() => lines.length).toBe(2);
  await isConnected(page);
});

it('a tab whose server was restarted shows how to sign in', async () => {
  const page = await open(shell.newAddress());
  await isConnected(page);
  const { port } = shell;
  await shell.close();
  shell = await start(port);
  await page.getByText('Falx does not know this browser yet').waitFor();
  await page.goto(shell.newAddress());
  await isConnected(page);
});

it('nothing of all this breached the page’s policy', () => {
  expect(complaints.filter((text) => /content security policy/i.test(text))).toEqual([]);
});
