import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { PATIENCE } from '../browser.ts';
import { slowLine } from '../slow-line.ts';

export type Look = {
  language?: 'en' | 'ko';
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
};

export type OpenWindow = {
  context: BrowserContext;
  page: Page;
  /** What no journey may have: console errors, thrown errors, and violations of the content security policy. */
  complaints: string[];
};

/** Opens a window as a user's browser would; nothing is loaded yet. */
export async function openWindow(
  browser: Browser,
  { language = 'en', theme = 'light', width = 1280, height = 800 }: Look = {},
): Promise<OpenWindow> {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: { en: 'en-GB', ko: 'ko-KR' }[language],
    timezoneId: 'Asia/Seoul',
    colorScheme: theme,
  });
  context.setDefaultTimeout(PATIENCE);
  await slowLine(context);
  const complaints: string[] = [];
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
      console.error(`policy: ${violatedDirective} forbids ${blockedURI} in ${sourceFile}`),
    );
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  return { context, page, complaints };
}

/** What a failed journey leaves behind: a screenshot and the end of Falx's log. */
export async function leaveTrace(page: Page, home: string, name: string): Promise<void> {
  const folder = path.join(import.meta.dirname, '..', '..', '.falx', 'journeys');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name.replaceAll(/\W+/g, '-'));
  await page.screenshot({ path: `${file}.png` });
  const log = path.join(home, 'logs', 'falx.log');
  const end = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-40).join('\n') : 'no log';
  console.error(`${page.url()}\n${file}.png\n${end}`);
}
