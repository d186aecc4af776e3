import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Dataset } from '../../src-main/contract/records.ts';
import { plantTwins } from '../journeys/planted.ts';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { inAll, large, looks, routeOf } from './pictures.ts';

const main = (page: Page): Locator => page.getByRole('main');
const feed = (page: Page): Promise<void> => main(page).getByRole('feed').locator('img').first().waitFor();

/** Takes pictures of the check of synthetic scans divided into sets, with planted twins, and of the split after it. */
export async function pictureCheck(browser: Browser, falx: ServedFalx, home: string): Promise<void> {
  const folder = path.join(tmpdir(), 'falx-screens-scans');
  rmSync(folder, { recursive: true, force: true });
  await plantTwins(folder, { perClass: 90, more: 24, parts: true });
  const { dataset } = await falxJson<{ dataset: Dataset }>(home, ['import', folder, '--name', 'clinic']);
  const { context, page } = await openWindow(browser);
  const seen = { browser, context, page };
  await page.goto(falx.address);
  const route = `/check/${dataset.id}`;
  await page.goto(`${new URL(page.url()).origin}/#${route}`);
  const start = main(page).getByRole('button', { name: 'Check this dataset' });
  await start.waitFor();
  const before = (page: Page) => main(page).getByRole('heading', { level: 2 }).first().waitFor();
  await inAll(seen, [{ name: 'check-start', route, full: before }], looks);
  await start.click();
  await main(page)
    .getByRole('tab', { name: /^Shortcuts/ })
    .click({ timeout: 120_000 });
  await main(page).getByRole('button', { name: 'Look for shortcuts' }).click();
  await main(page).getByRole('button', { name: 'Look again' }).waitFor({ timeout: 120_000 });
  const screens = [
    { name: 'check', route, full: feed },
    { name: 'check-parts', route: `${route}?look=parts`, full: feed },
    { name: 'check-shortcuts', route: `${route}?look=shortcuts`, full: bars },
  ];
  await inAll(seen, screens, [...looks, ...large]);
  await inAll(seen, [{ name: 'check-compare', route, full: compared }], looks);
  await page.goto(`${new URL(page.url()).origin}/#/split/${dataset.id}`);
  await main(page).getByRole('button', { name: 'Create the split' }).click();
  await main(page).getByRole('heading', { name: 'Certificate' }).waitFor();
  const certified = (page: Page) => main(page).getByRole('table').waitFor();
  await inAll(seen, [{ name: 'certificate', route: routeOf(page), full: certified }], looks);
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}

const bars = (page: Page): Promise<void> => main(page).locator('canvas').first().waitFor();

/** Two pictures of a group, enlarged. */
async function compared(page: Page): Promise<void> {
  await feed(page);
  await main(page).getByRole('article').nth(1).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('img').nth(1).waitFor();
}
