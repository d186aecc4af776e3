import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * The violations axe-core finds on the current screen, in the light and in the dark theme: WCAG 2.2 A and AA, and
 * best practices.
 * @returns one line per violation, with its element
 */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Colours are measured after their transitions, however busy the machine is.
    await page.waitForTimeout(400);
    await page.waitForFunction(
      () => !document.getAnimations().some((change) => change instanceof CSSTransition),
    );
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
    for (const { id, nodes } of violations)
      for (const { target, failureSummary } of nodes)
        faults.push(
          `${colorScheme}: ${id} at ${target.join(' ')}: ${failureSummary?.replaceAll(/\s+/g, ' ')}`,
        );
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return faults;
}
