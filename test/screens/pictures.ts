import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { openWindow, type Look } from '../journeys/journey-window.ts';

/** Takes pictures of screens, for docs/screens or the folder FALX_SCREENS. */

const target = process.env['FALX_SCREENS'] ?? path.join(import.meta.dirname, '..', '..', 'docs', 'screens');

export const looks: Required<Look>[] = (['en', 'ko'] as const).flatMap((language) =>
  (['light', 'dark'] as const).map((theme) => ({ language, theme, width: 1280, height: 800 })),
);
export const large: Required<Look>[] = [
  { language: 'en', theme: 'light', width: 1920, height: 1080 },
  { language: 'ko', theme: 'dark', width: 1920, height: 1080 },
];

mkdirSync(target, { recursive: true });

export type Shown = {
  name: string;
  /** After the `#`. */
  route: string;
  /** What must be visible before the picture is taken. */
  full: (page: Page) => Promise<void>;
};

/** The window whose screens are taken, and its context. */
export type Seen = { browser: Browser; context: BrowserContext; page: Page };

/** The window's current hash. */
export const routeOf = (page: Page): string => new URL(page.url()).hash.slice(1);

/** Takes screens in several looks. The original window hands Falx over meanwhile, and takes it back. */
export async function inAll(
  { browser, context: from, page: first }: Seen,
  screens: readonly Shown[],
  wanted: readonly Required<Look>[],
): Promise<void> {
  const here = first.url();
  const selection = await first.evaluate(() => ({ ...localStorage }));
  await first.goto('about:blank');
  for (const look of wanted) {
    const { context, page, complaints } = await openWindow(browser, look);
    await context.addCookies(await from.cookies());
    await context.addInitScript((kept: Record<string, string>) => {
      for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
    }, selection);
    for (const { name, route, full } of screens) {
      await page.goto(`${new URL(here).origin}/#${route}`);
      await full(page);
      await settled(page);
      const file = path.join(target, `${name}-${look.theme}-${look.language}-${look.width}.png`);
      await sharp(await page.screenshot())
        .png({ palette: true, quality: 92, effort: 10 })
        .toFile(file);
      process.stderr.write(`${path.basename(file)}\n`);
    }
    await context.close();
    if (complaints.length > 0) throw new Error(`${look.language} ${look.theme}: ${complaints.join('\n')}`);
  }
  await first.goto(here);
}

/** Waits until fonts and pictures are loaded, nothing has the focus, no notice is shown, and nothing moves. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    await document.fonts.ready;
  });
  for (const close of await page
    .getByRole('region', { name: /^(Notices|알림)$/ })
    .getByRole('button', { name: /^(Close|닫기)$/ })
    .all())
    await close.click();
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete || image.loading === 'lazy'),
  );
  await page.waitForTimeout(600);
}

export const main = (page: Page): Promise<void> => page.getByRole('heading', { level: 1 }).first().waitFor();
export const plot = (page: Page): Promise<void> => page.locator('.js-plotly-plot .trace').first().waitFor();
