import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, expect } from 'vitest';
import { openChromium } from '../browser.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { leaveTrace, openWindow, type Look, type OpenWindow } from './journey-window.ts';
import { serveFalx, type ServedFalx } from './served-journey.ts';

export type Journey = ReturnType<typeof journey>;

/**
 * Set-up shared by journeys: a temporary folder, a served Falx, a window on it, and a trace when a test fails.
 * Each file calls it once at its top; its `beforeAll` prepares the data, then calls `open`.
 * @param within the folder: the home folder
 */
export function journey(name: string, within = 'home') {
  const place = mkdtempSync(path.join(tmpdir(), `falx-${name}-`));
  const home = path.join(place, within);
  const complaints: string[] = [];
  let browser: Browser | undefined;
  let falx: ServedFalx | undefined;
  let window: OpenWindow | undefined;

  const page = (): Page => {
    if (!window) throw new Error('The journey has no window open');
    return window.page;
  };

  /** Closes the window, then ends Falx: otherwise the window would report the lost connection. @returns Falx's exit code */
  const stop = async (): Promise<number | null | undefined> => {
    await closeWindow();
    const [ended] = await Promise.all([falx?.stop()]);
    falx = undefined;
    return ended;
  };
  const closeWindow = async (): Promise<void> => {
    complaints.push(...(window?.complaints ?? []));
    await window?.context.close();
    window = undefined;
  };

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && window) await leaveTrace(page(), falx?.home ?? home, task.name);
  });
  afterAll(async () => {
    await stop();
    await browser?.close();
    rmSync(place, { recursive: true, force: true });
  });

  const main = (): Locator => page().getByRole('main');
  return {
    place,
    home,
    page,
    main,
    stop,
    /** A path in the temporary folder. */
    at: (...names: string[]): string => path.join(place, ...names),
    /** What the command line answers on this journey's home folder. */
    json: <T>(args: readonly string[], code = 0): Promise<T> => falxJson<T>(home, [...args], code),
    /** Serves the home folder, by default as it is, and opens its address in a window of this look; closes an open one. */
    async open(look: Look = {}, serve = (): Promise<ServedFalx> => serveFalx(home)): Promise<Page> {
      await stop();
      [falx, browser] = await Promise.all([serve(), browser ?? openChromium()]);
      window = await openWindow(browser, look);
      await page().goto(falx.address);
      return page();
    },
    /** Replaces the open window by another with the same session; does not load the previous page. */
    async reopen(look: Look): Promise<Page> {
      const [url, cookies] = [page().url(), await page().context().cookies()];
      await closeWindow();
      window = await openWindow(browser!, look);
      await window.context.addCookies(cookies);
      await page().goto(url);
      return page();
    },
    button: (name: string | RegExp): Locator => main().getByRole('button', { name, exact: true }),
    stat: (name: string): Locator => main().getByRole('group', { name, exact: true }),
    /** Navigates as the window's links do. @param hash such as `#/runs` */
    goTo: (hash: string): Promise<void> => page().evaluate((to) => void (location.hash = to), hash),
    /** Expects that no window has reported an error so far. */
    expectNoComplaint: (): void => expect([...complaints, ...(window?.complaints ?? [])]).toEqual([]),
  };
}
