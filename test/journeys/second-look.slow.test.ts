import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { dataset, run, split } from '../registry/sample-records.ts';
import { largeHome } from '../renderer/large-home.ts';
import { journey } from './journey.ts';

/** Findings of a review of the window: nothing disappears, and nothing contradicts itself. */
const { place, home, open, main, goTo, expectNoComplaint } = journey('second-look');

let page: Page;

beforeAll(async () => {
  await largeHome(place, 60, 30);
  const registry = Registry.open(home);
  // Another dataset, added later and untouched; and a newer split of the first, without runs.
  const { folder, classes, positive } = registry.datasets.get('ds-large');
  registry.datasets.add(
    { ...dataset('ds-second', 'Second'), folder, classes, positive },
    registry.images.list('ds-large').slice(0, 20),
    [],
  );
  registry.splits.add(
    { ...split('sp-newer', 'ds-large'), created: '2026-03-01T00:00:00.000Z' },
    registry.images
      .list('ds-large')
      .map(({ id }, n) => ({ imageId: id, part: n % 5 === 0 ? 'test' : 'train' })),
  );
  registry.runs.add({ ...run('run-waiting', 'sp-newer'), status: 'interrupted' });
  registry.close();
  page = await open();
});

const side = () => page.getByRole('navigation').getByRole('combobox', { name: 'Dataset' });
const step = (name: string) =>
  page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) });
const title = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

describe('changing the dataset', () => {
  test('leaves each its split and runs, and the side bar says which is worked on', async () => {
    await goTo('#/train/sp-large');
    await main().getByRole('table', { name: 'Runs' }).waitFor();
    expect(await side().locator('option:checked').innerText()).toBe('Many scans');
    await side().selectOption('Second');
    await main().getByText('Nothing to train on yet').waitFor();
    await step('Data').click();
    await title('Data');
    await main().getByRole('heading', { level: 2, name: 'Second' }).waitFor();
    await side().selectOption('Many scans');
    await main().getByRole('heading', { level: 2, name: 'Many scans' }).waitFor();
    await step('Compare').click();
    await main().getByRole('table', { name: 'Performance' }).waitFor();
    expect(page.url()).toContain('#/compare/sp-large');
  });

  test('shows the newest split that has runs where none was chosen, and lets another be chosen', async () => {
    await page.evaluate(() => localStorage.removeItem('falx.selection'));
    await goTo('#/settings');
    await page.reload();
    await side().selectOption('Many scans');
    await step('Train').click();
    await title('Train');
    await main()
      .getByRole('row', { name: /Interrupted/ })
      .waitFor();
    await main().getByRole('combobox', { name: 'Split' }).selectOption({ index: 1 });
    await expect.poll(() => page.url()).toContain('#/train/sp-large');
    await main()
      .getByRole('row', { name: /MobileNetV2/ })
      .first()
      .waitFor();
  });
});

test('nothing went wrong unseen', () => {
  expectNoComplaint();
});
