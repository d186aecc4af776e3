import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { byHand } from './by-hand.ts';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';
import { studiedHome } from './studied-home.ts';

/** The tabs of studies in Compare, on a home folder that has all their data. */
const { place, home, open, main, goTo, button, expectNoComplaint } = journey('studies');

let page: Page;
let sites: string;
/** A table that matches none of the images. */
let strangers: string;

/** Data for computing expected values: predictions with label and attributes. */
type Answered = { label: 0 | 1; probability: number; file: string };
const answered = new Map<string, Answered[]>();
let met: (Answered & { isMet: boolean })[];

beforeAll(async () => {
  ({ sites } = await studiedHome(place));
  strangers = path.join(place, 'strangers.csv');
  writeFileSync(strangers, 'file,site\nelsewhere/1.png,Seoul\nelsewhere/2.png,Busan\n');
  const registry = Registry.open(home);
  const known = (datasetId: string) =>
    new Map(registry.images.list(datasetId).map((image) => [image.id, image]));
  const large = known('ds-large');
  for (const { id, splitId } of registry.runs.list())
    if (registry.splits.get(splitId).datasetId === 'ds-large')
      answered.set(
        id,
        registry.testPredictions.list(id).map(({ imageId, probability }) => {
          const { className, file } = large.get(imageId)!;
          return { label: className === 'yes' ? 1 : 0, probability, file };
        }),
      );
  const elsewhere = known('ds-elsewhere');
  met = registry.studies.validation('run-seed7', 'ds-elsewhere')!.answers.map((answer) => {
    const { className, file } = elsewhere.get(answer.imageId)!;
    return {
      label: className === 'yes' ? 1 : 0,
      probability: answer.probability,
      file,
      isMet: answer.seen !== null,
    };
  });
  registry.close();
  page = await open();
  await goTo('#/compare/sp-studied?runs=run-seed7');
});

const tab = (name: string) => main().getByRole('tab', { name, exact: true }).click();
const table = (name: string | RegExp) => main().getByRole('table', { name });
const row = (of: string | RegExp, name: string | RegExp) => table(of).getByRole('row', { name });

const measuresOf = (some: readonly Answered[]) =>
  byHand(
    some.map(({ label }) => label),
    some.map(({ probability }) => probability),
  );

/** The numbers in each cell of a row; percentages as fractions. */
async function cells(of: string | RegExp, name: RegExp): Promise<number[][]> {
  const texts = await row(of, name).getByRole('cell').allInnerTexts();
  return texts.map((text) =>
    [...text.matchAll(/[+−-]?\d+(?:\.\d+)?(%?)/g)].map(
      ([number, percent]) => Number(number.replace('%', '').replace('−', '-')) / (percent ? 100 : 1),
    ),
  );
}

/** Expects a column of a table of measures to match these predictions, to the displayed digit. */
async function expectColumn(of: string | RegExp, column: number, some: readonly Answered[]): Promise<void> {
  const hand = measuresOf(some);
  for (const name of ['accuracy', 'sensitivity', 'specificity', 'PPV', 'NPV'] as const) {
    const [value, low, high] = (await cells(of, new RegExp(`^${name}`, 'i')))[column]!;
    const { value: itsValue, low: itsLow, high: itsHigh } = hand[name];
    for (const [shown, reckoned] of [
      [value, itsValue],
      [low, itsLow],
      [high, itsHigh],
    ] as const)
      expect(
        Math.abs(shown! - reckoned),
        `${name} of column ${column}: ${shown} and ${reckoned}`,
      ).toBeLessThan(0.00051);
  }
  for (const [name, reckoned] of [
    [/^balanced accuracy/i, hand.balancedAccuracy],
    [/^F1/, hand.F1],
    [/^AUC/, hand.AUC],
    [/^MCC/, hand.MCC],
    [/^Brier/, hand.brier],
  ] as const) {
    const [value, low, high] = (await cells(of, name))[column]!;
    expect(Math.abs(value! - reckoned), `${name} of column ${column}: ${value} and ${reckoned}`).toBeLessThan(
      0.00051,
    );
    expect(low!).toBeLessThanOrEqual(value!);
    expect(high!).toBeGreaterThanOrEqual(value!);
  }
}

describe('the studies of Compare', () => {
  test('another dataset: the drop from the test set, with what was met in training apart', async () => {
    await tab('Another dataset');
    const of = /MobileNetV2.* on Elsewhere/;
    await table(of).waitFor();
    await main()
      .getByText(/20 images show a scan that the model had seen before \(20 in training/)
      .waitFor();
    expect(await table(of).getByRole('columnheader').allInnerTexts()).toEqual([
      ...['Measure', 'Its test set', 'All scans', 'Seen in training', 'Unseen', 'Unseen − test set'],
    ]);
    await expect.poll(() => row(of, /^Scans/).innerText()).toMatch(/100\s+60\s+20\s+40/);
    const columns = [
      answered.get('run-seed7')!,
      met,
      met.filter(({ isMet }) => isMet),
      met.filter(({ isMet }) => !isMet),
    ];
    for (const [at, some] of columns.entries()) await expectColumn(of, at, some);
    const [own, , , unseen] = columns.map(measuresOf);
    for (const [name, drop] of [
      [/^accuracy/i, unseen!.accuracy.value - own!.accuracy.value],
      [/^AUC/, unseen!.AUC - own!.AUC],
    ] as const) {
      const [value, low, high] = (await cells(of, name))[4]!;
      expect(Math.abs(value! - drop)).toBeLessThan(0.00051);
      expect([low! < value!, value! < high!]).toEqual([true, true]);
    }
  });

  test('subgroups by a column of a table, and a column that it lacks', async () => {
    await tab('Subgroups');
    await main().getByLabel('Group by').selectOption({ label: 'A column of a table (CSV)' });
    await pickFile(sites);
    await main().getByLabel('Name of the column').fill('hospital');
    await button('Evaluate by subgroup').click();
    await main()
      .getByText(/hospital/)
      .last()
      .waitFor();
    await main().getByLabel('Name of the column').fill('site');
    await button('Evaluate by subgroup').click();
    await table(/by site/).waitFor();
    expect(
      await table(/by site/)
        .getByRole('columnheader')
        .allInnerTexts(),
    ).toEqual([...['Measure', 'Busan', 'Jeju', 'Seoul']]);
    const siteOf = new Map(
      readFileSync(sites, 'utf8')
        .split('\n')
        .map((line) => line.split(',') as [string, string]),
    );
    for (const [at, site] of ['Busan', 'Jeju', 'Seoul'].entries())
      await expectColumn(
        /by site/,
        at,
        answered.get('run-seed7')!.filter(({ file }) => siteOf.get(file) === site),
      );
  });

  test('subgroups by a table of which no row names an image: a sentence with the way on, and another table can be chosen', async () => {
    await pickFile(strangers);
    await button('Evaluate by subgroup').click();
    const alert = main().getByRole('alert');
    await alert.getByText(/No row of the table .strangers\.csv. names an image of .Many scans./).waitFor();
    await alert.getByText(/in that column, give each file’s path within the dataset’s folder/).waitFor();
    expect(await main().getByLabel('Name of the column').inputValue()).toBe('site');
    await pickFile(sites);
    await button('Evaluate by subgroup').click();
    await table(/by site/).waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('seeds and folds: both seeds, and not those that had less of the training set', async () => {
    await tab('Seeds and folds');
    await table('MobileNetV2, 96 px: 2 seeds').waitFor();
    expect(
      await main()
        .getByRole('table', { name: /seeds$/ })
        .count(),
    ).toBe(1);
    const both = ['run-seed7', 'run-seed8'].map((id) => measuresOf(answered.get(id)!));
    for (const [name, values] of [
      [/^accuracy/i, both.map(({ accuracy }) => accuracy.value)],
      [/^sensitivity/i, both.map(({ sensitivity }) => sensitivity.value)],
      [/^AUC/, both.map(({ AUC }) => AUC)],
    ] as const) {
      const [a, b] = values as [number, number];
      const [points, spread, range] = await cells('MobileNetV2, 96 px: 2 seeds', name);
      // The standard deviation of two values is their distance over √2.
      const reckoned = [
        [a, b],
        [(a + b) / 2, Math.abs(a - b) / Math.SQRT2],
        [Math.min(a, b), Math.max(a, b)],
      ];
      for (const [at, shown] of [points!, spread!, range!].entries())
        for (const [which, value] of shown.entries())
          expect(Math.abs(value - reckoned[at]![which]!), `${name}: ${value}`).toBeLessThan(0.00051);
    }
  });

  test('a learning curve: a figure, and a row a run', async () => {
    await tab('Learning curve');
    await table('Learning curve').waitFor();
    expect(await row('Learning curve', /10%|50%|100%/).count()).toBe(4);
    await main()
      .getByRole('img', { name: /by number of training scans/ })
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
    await main()
      .getByLabel('One fold for')
      .selectOption({ label: 'Each value of a column of a table (CSV)' });
    await main().getByText('Choose a table and enter the name of its column.').waitFor();
    await pickFile(sites);
    await main().getByLabel('Name of the column').fill('site');
    await row('The test set of each split', /^Busan 66/).waitFor();
    expect(await table('The test set of each split').getByRole('row').count()).toBe(4);
    await button('Create 3 splits').click();
    await page.locator('#certificate-title').waitFor();
    await main().getByText(/Busan/).first().waitFor();
  });
});

describe('folds', () => {
  test('their spread: each fold a value, mean and standard deviation, and all answers together', async () => {
    await goTo('#/compare/sp-fold0');
    await tab('Seeds and folds');
    const of = /MobileNetV2, 96 px: 3 of 3 folds/;
    await table(of).waitFor();
    const each = [0, 1, 2].map((fold) => measuresOf(answered.get(`run-fold${fold}`)!));
    const all = measuresOf([0, 1, 2].flatMap((fold) => answered.get(`run-fold${fold}`)!));
    for (const [name, values, pooled] of [
      [/^accuracy/i, each.map(({ accuracy }) => accuracy.value), all.accuracy.value],
      [/^specificity/i, each.map(({ specificity }) => specificity.value), all.specificity.value],
      [/^AUC/, each.map(({ AUC }) => AUC), all.AUC],
    ] as const) {
      const mean = values.reduce((sum, one) => sum + one, 0) / 3;
      const sd = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2);
      const [points, spread, together] = await cells(of, name);
      for (const [shown, reckoned] of [
        ...points!.map((one, at) => [one, values[at]!] as const),
        [spread![0]!, mean],
        [spread![1]!, sd],
        [together![0]!, pooled],
      ] as const)
        expect(Math.abs(shown - reckoned), `${name}: ${shown} and ${reckoned}`).toBeLessThan(0.00051);
    }
  });

  test('a report on all runs of the folds is written by one press', async () => {
    await button('Report…').click();
    const dialog = page.getByRole('dialog', { name: 'Report' });
    await dialog.getByRole('radio', { name: 'All 3 runs on the folds of this set' }).check();
    expect(await dialog.getByRole('combobox', { name: 'Positive at or above' }).count()).toBe(0);
    await dialog.getByRole('radio', { name: /^Page/ }).check();
    const text = await saved(dialog);
    expect(text).toContain('Cross-validation in 3 folds: each of 200 images');
    expect(text).toContain('falx train SET --networks mobilenetv2');
  });
});

test('a report with subgroups by the column of a table', async () => {
  await goTo('#/compare/sp-studied?runs=run-seed7');
  await button('Report…').click();
  const dialog = page.getByRole('dialog', { name: 'Report' });
  await dialog
    .getByRole('combobox', { name: /^Subgroups besides/ })
    .selectOption('A column of a table (CSV)');
  expect(await dialog.getByRole('button', { name: 'Write and save' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Choose a table…' }).click();
  const above = page.getByRole('dialog', { name: 'Table with a column of files' });
  const picker = await pickFolder(page, path.dirname(sites), above);
  await picker.getByRole('option', { name: path.basename(sites) }).click();
  await dialog.getByRole('textbox', { name: 'Name of the column' }).fill('site');
  await dialog.getByRole('radio', { name: /^Page/ }).check();
  const text = await saved(dialog);
  expect(text).toMatch(/<caption>Table \d+\. [^<]*site/);
  for (const site of ['Seoul', 'Busan', 'Jeju']) expect(text).toContain(`>${site}<`);
  // The report of the run trained on the whole training set includes the run trained on part of it.
  expect(text).toContain('<section id="learning">');
});

describe('what can’t be used says so', () => {
  test('folds by a table of none of the images', async () => {
    await goTo('#/split/ds-large');
    const folded = main().getByRole('switch', { name: 'Cross-validation (k-fold)' });
    await folded.waitFor();
    if (!(await folded.isChecked())) await folded.click();
    await main()
      .getByLabel('One fold for')
      .selectOption({ label: 'Each value of a column of a table (CSV)' });
    await pickFile(strangers);
    await main().getByLabel('Name of the column').fill('site');
    await main()
      .getByText(/No row of the table .strangers\.csv. names an image of .Many scans./)
      .first()
      .waitFor();
    expect(
      await button(/^Create/)
        .first()
        .isDisabled(),
    ).toBe(true);
  });

  test('a dataset of one class: not split, and compared without what needs both', async () => {
    await goTo('#/check/ds-one');
    await button('Check this dataset').waitFor();
    await goTo('#/split/ds-one');
    await main()
      .getByText(/All scans of .One class. are of one class; two are needed/)
      .first()
      .waitFor();
    await goTo('#/compare/sp-gone');
    await table('Performance').waitFor();
    expect(await row('Performance', /MobileNetV2/).innerText()).toContain('–');
  });

  test('“Repetitions” in Train says how many runs come of it; one class alone is not trained on', async () => {
    await goTo('#/train/sp-studied');
    await button('New training').click();
    const often = main().getByRole('group', { name: 'Repetitions' });
    const chosen = Number(
      /^(\d+)/.exec(
        await main()
          .getByText(/^\d+ networks? · /)
          .innerText(),
      )![1],
    );
    await often.getByLabel('Seeds per network').fill('3');
    await main()
      .getByText(`${3 * chosen} runs`)
      .waitFor();
    // A tenth, a quarter, a half and all of the training set, for each network and seed.
    await often.getByRole('switch', { name: 'Learning curve' }).click();
    await main()
      .getByText(`${4 * 3 * chosen} runs`)
      .waitFor();

    await goTo('#/train/sp-gone');
    await button('New training').click();
    await button(/^(Start training|Add to the queue)$/).click();
    await main()
      .getByText(/All scans of .One class left. are of one class; two are needed/)
      .first()
      .waitFor();
    expect(await row('Runs', /MobileNetV2/).count()).toBe(1);
  });
});

async function saved(dialog: Locator): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Write and save' }).click(),
  ]);
  await dialog.waitFor({ state: 'detached' });
  return readFileSync(await download.path(), 'utf8');
}

async function pickFile(file: string): Promise<void> {
  await button('Choose a table…').click();
  const picker = await pickFolder(page, path.dirname(file));
  await picker.getByRole('option', { name: path.basename(file) }).click();
}

test('nothing went wrong unseen', () => {
  expectNoComplaint();
});
