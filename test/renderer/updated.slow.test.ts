import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserShell, startBrowserShell } from '../../src-main/shells/browser/start.ts';
import { installation } from '../../src-main/system/installation.ts';
import { openChromium } from '../browser.ts';
import { builtWindow } from '../built.ts';
import { greeted } from '../journeys/greeted.ts';
import { openWindow } from '../journeys/journey-window.ts';

let place: string;
let shell: BrowserShell;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await builtWindow();
  place = mkdtempSync(path.join(tmpdir(), 'falx-updated-'));
  cpSync(installation.page, path.join(place, 'page'), { recursive: true });
  shell = await startBrowserShell({
    home: greeted(path.join(place, 'home')),
    page: path.join(place, 'page'),
  });
  browser = await openChromium();
  ({ page } = await openWindow(browser));
  await page.goto(shell.newAddress());
  await page.getByRole('heading', { level: 1, name: 'Data' }).waitFor();
});
afterAll(async () => {
  await browser?.close();
  await shell?.close();
  rmSync(place, { recursive: true, force: true });
});

/** The effect of a build after a change: its chunks get other names, in file names and in the files. */
function rebuild(): void {
  const built = path.join(place, 'page');
  const assets = path.join(built, 'assets');
  const names = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const anew = (name: string) => name.replace('.js', '-anew.js');
  for (const file of [path.join(built, 'index.html'), ...names.map((name) => path.join(assets, name))]) {
    const text = names.reduce((text, name) => text.replaceAll(name, anew(name)), readFileSync(file, 'utf8'));
    rmSync(file);
    writeFileSync(file.endsWith('.js') ? anew(file) : file, text);
  }
}

test('a window whose parts have gone with a newer build says so, and has it after a reload', async () => {
  rebuild();
  await page.keyboard.press('Alt+8');
  await page.getByRole('alert').getByText('Falx was updated since this window was opened.').waitFor();
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.waitForFunction(() => document.querySelector('script[src*="-anew"]') !== null);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await page.getByText('Falx was updated').count()).toBe(0);
  await page.keyboard.press('Alt+8');
  await page.getByRole('heading', { level: 2 }).first().waitFor();
});
