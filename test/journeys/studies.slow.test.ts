import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';
import { studiedHome } from './studied-home.ts';

/** The tabs of studies under Compare, on one home that has all they show. */
const { place, open, main, goTo, button, expectNoComplaint } = journey('studies');

let page: Page;
let sites: string;

beforeAll(async () => {
  ({ sites } = await studiedHome(place));
  page = await open();
  await goTo('#/compare/sp-studied?runs=run-seed7');
});

const tab = (name: string) => main().getByRole('tab', { name, exact: true }).click();
const table = (name: string | RegExp) => main().getByRole('table', { name });
const row = (of: string | RegExp, name: string | RegExp) => table(of).getByRole('row', { name });

describe('the studies of Compare', () => {
  test('another dataset: the drop from the test set, with what was met in training apart', async () => {
    await tab('Another dataset');
    const of = /MobileNetV2.* on Elsewhere/;
    await table(of).waitFor();
    await main()
      .getByText(/20 images show a scan that the model had met \(20 in training/)
      .waitFor();
    expect(await table(of).getByRole('columnheader').allInnerTexts()).toEqual([
      ...['Measure', 'Its test set', 'All scans', 'Met in training', 'Unseen', 'Unseen − test set'],
    ]);
    await expect.poll(() => row(of, /^Scans/).innerText()).toMatch(/100\s+60\s+20\s+40/);
  });

  test('subgroups by a column of a table, and a column that it lacks', async () => {
    await tab('Subgroups');
    await main().getByLabel('Apart by').selectOption({ label: 'A column of a table (CSV)' });
    await pickFile(sites);
    await main().getByLabel('Name of the column').fill('hospital');
    await button('Count by subgroup').click();
    await main()
      .getByText(/hospital/)
      .last()
      .waitFor();
    await main().getByLabel('Name of the column').fill('site');
    await button('Count by subgroup').click();
    await table(/by site/).waitFor();
    expect(
      await table(/by site/)
        .getByRole('columnheader')
        .allInnerTexts(),
    ).toEqual([...['Measure', 'Busan', 'Jeju', 'Seoul']]);
  });

  test('seeds and folds: both seeds, and not those that had less of the training set', async () => {
    await tab('Seeds and folds');
    await table('MobileNetV2, 96 px: 2 seeds').waitFor();
    expect(
      await main()
        .getByRole('table', { name: /seeds$/ })
        .count(),
    ).toBe(1);
  });

  test('a learning curve: a figure, and a row a run', async () => {
    await tab('Learning curve');
    await table('Learning curve').waitFor();
    expect(await row('Learning curve', /10%|50%|100%/).count()).toBe(4);
    await main()
      .getByRole('img', { name: /by training scans/ })
      .waitFor();
  });

  test('robustness tells specificity beside sensitivity', async () => {
    await tab('Robustness');
    const falls = 'Strength at which it has fallen by 5 percentage points';
    await table(falls).waitFor();
    expect(await row(falls, /^Blur/).innerText()).toMatch(/Blur\s+not up to 5\s+[01]\.\d/);
  });

  test('a split for each site of a table, left out one at a time', async () => {
    await goTo('#/split/ds-large');
    await main().getByRole('switch', { name: 'Cross-validation (k-fold)' }).click();
    await main().getByLabel('A fold for').selectOption({ label: 'Each value of a column of a table (CSV)' });
    await main().getByText('Choose a table and write the name of its column.').waitFor();
    await pickFile(sites);
    await main().getByLabel('Name of the column').fill('site');
    await row('The test set of each split', /^Busan 66/).waitFor();
    expect(await table('The test set of each split').getByRole('row').count()).toBe(4);
    await button('Create 3 splits').click();
    await main().getByText(/Busan/).first().waitFor();
  });
});

async function pickFile(file: string): Promise<void> {
  await button('Choose a table…').click();
  const picker = await pickFolder(page, path.dirname(file));
  await picker.getByRole('option', { name: path.basename(file) }).click();
}

test('nothing went wrong unseen', () => {
  expectNoComplaint();
});
