import type { Browser, Page } from 'playwright-core';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { inAll, large, looks, type Shown } from './pictures.ts';

/** Goes to one of the first steps, forwards or back, by its index. */
async function toStep(page: Page, wanted: number): Promise<void> {
  const steps = page.locator('main ol > li');
  await steps.first().waitFor();
  for (;;) {
    const now = await steps.evaluateAll((all) => all.findIndex((step) => step.ariaCurrent === 'step'));
    if (now === wanted) return;
    const name = now < wanted ? /^(Next|다음)$/ : /^(Back|이전)$/;
    await page.getByRole('main').getByRole('button', { name }).click();
    await steps
      .nth(now < wanted ? now + 1 : now - 1)
      .and(page.locator('[aria-current]'))
      .waitFor();
  }
}

const firstSteps: Shown[] = [
  { name: 'first-language', route: '/data', full: (page) => toStep(page, 0) },
  {
    name: 'first-device',
    route: '/data',
    full: async (page) => {
      await toStep(page, 1);
      await page.getByText(/disk space free|디스크 여유 공간/).waitFor({ timeout: 120_000 });
    },
  },
  {
    name: 'first-weights',
    route: '/data',
    full: async (page) => {
      await toStep(page, 2);
      await page.getByText('https://').first().waitFor();
    },
  },
];

/** Takes pictures of a newcomer's first screens. The home folder is a new one. */
export async function pictureFirst(browser: Browser, falx: ServedFalx): Promise<void> {
  const { page, context } = await openWindow(browser);
  await page.goto(falx.address);
  await toStep(page, 0);
  await inAll({ browser, context, page }, firstSteps, [...looks, ...large]);
  await context.close();
}
