import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Dataset, Split } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { heldLine } from '../held-line.ts';
import { faultsOf } from './axe.ts';
import { plantTwins, type Planted } from './planted.ts';
import { journey } from './journey.ts';

/** The check of a dataset with known twins: its findings are reviewed, decided on, undone, and kept in a split. */
const { home, at, open, main, stat, goTo, expectNoComplaint } = journey('check');
const scans = at('scans');
const divided = at('divided');

let planted: Planted;
let ids: { scans: string; divided: string };
let page: Page;

beforeAll(async () => {
  planted = await plantTwins(scans);
  await plantTwins(divided, { parts: true });
  const imported = async (folder: string) =>
    (await falxJson<{ dataset: Dataset }>(home, ['import', folder])).dataset.id;
  ids = { scans: await imported(scans), divided: await imported(divided) };
  page = await open();
});

const button = (name: string | RegExp): Locator => main().getByRole('button', { name });
const groups = (): Locator => main().getByRole('feed', { name: 'Groups of twins' }).getByRole('article');
const groupOf = (file: string): Locator =>
  groups().filter({ has: page.getByRole('button', { name: `Compare ${file}`, exact: true }) });
const dropped = () => expect.poll(() => stat('Dropped').innerText());
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-posinset') ?? null);

describe('a check', () => {
  test('says first what it looks for, and what was left out at import', async () => {
    await goTo(`#/data/${ids.scans}`);
    await button('Check').click();
    await main().getByRole('heading', { name: 'Does any scan appear twice?' }).waitFor();
    await main().getByText('2 secs on an idle computer, up to 6 secs on a busy one, for 38 images').waitFor();
    await main().getByRole('cell', { name: 'Healthy/torn.png' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('finds what was planted, and tells it in words', async () => {
    await button('Check this dataset').click();
    await main().getByRole('heading', { name: '32 distinct scans in 38 images.' }).waitFor();
    await main().getByText('12 images have a twin.').waitFor();
    await expect.poll(() => groups().count()).toBe(planted.length);
    // The one with both labels must be reviewed first.
    await expect.poll(() => groups().first().innerText()).toMatch(/both labels/i);
    for (const [file, how] of [
      ['mirrored.png', 'mirrored'],
      ['brightened.png', 're-saved copy'],
      ['encoded.jpg', 're-saved copy'],
      ['same.png', 'the same file'],
      ['other-label.png', 'turned 180°'],
    ] as const)
      expect(await groupOf(file).first().innerText(), file).toContain(how);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('shows its first twins without scrolling; its figures are shown on request', async () => {
    const before = page.viewportSize()!;
    await page.setViewportSize({ width: 1280, height: 800 });
    const { y, height } = (await groups()
      .first()
      .getByRole('button', { name: /^Compare/ })
      .nth(1)
      .boundingBox())!;
    expect(y + height).toBeLessThan(800);
    await page.setViewportSize(before);
    expect(await stat('Dropped').count()).toBe(0);
    await main().locator('summary', { hasText: 'Figures' }).click();
    await dropped().toContain('0');
  });

  test('lays two pictures side by side, in turn and over one another', async () => {
    await groupOf('mirrored.png').first().focus();
    await page.keyboard.press('Enter');
    const compared = page.getByRole('dialog');
    const pictures = compared.getByRole('img');
    await expect.poll(() => pictures.count()).toBe(2);
    const seen = () =>
      pictures.evaluateAll((all) =>
        all.map((picture) => getComputedStyle(picture.closest('.fill')!).opacity),
      );
    await page.keyboard.press('f');
    await expect.poll(seen).toEqual(['0', '1']);
    await page.keyboard.press('f');
    await expect.poll(seen).toEqual(['1', '0']);
    await compared.getByRole('radio', { name: 'Overlay' }).focus();
    await page.keyboard.press('Space');
    await compared.getByRole('slider', { name: 'Opacity of the second' }).fill('0.25');
    await expect.poll(seen).toEqual(['1', '0.25']);
    await compared.getByRole('radio', { name: 'Difference' }).focus();
    await page.keyboard.press('Space');
    // A mirrored copy, mirrored back, has no difference: the picture is black.
    await expect.poll(() => brightest(compared)).toBeLessThan(40);
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await compared.waitFor({ state: 'hidden' });
  });
});

/** The brightest grey level in the middle of the displayed picture. */
async function brightest(dialog: Locator): Promise<number> {
  await page.waitForTimeout(200);
  const shown = sharp(await dialog.locator('.frame').screenshot());
  const { width, height } = await shown.metadata();
  const middle = { left: width >> 2, top: height >> 2, width: width >> 1, height: height >> 1 };
  const grey = await shown.extract(middle).greyscale().raw().toBuffer();
  return grey.reduce((most, level) => Math.max(most, level), 0);
}

describe('decisions', () => {
  test('are made by letters, and the focus stays', async () => {
    await groups().nth(1).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('3');
    await page.keyboard.press('d');
    await dropped().toContain('1');
    await expect.poll(() => groups().nth(2).innerText()).toMatch(/decided/i);
    expect(await focused()).toBe('3');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('k');
    await expect.poll(() => groups().nth(1).innerText()).toMatch(/decided/i);
    await button(/^Undecided ?4$/).waitFor();
  });

  test('can be about the pictures that were chosen', async () => {
    const mixed = groupOf('other-label.png');
    await mixed.getByRole('checkbox', { name: 'Choose other-label.png' }).check();
    await mixed.getByRole('button', { name: 'Drop the chosen one' }).click();
    await dropped().toContain('2');
  });

  test('leave a list of the undecided, and the next one is at hand', async () => {
    await button(/^Undecided/).click();
    await expect.poll(() => groups().count()).toBe(3);
    await groups().first().focus();
    await page.keyboard.press('p');
    await expect.poll(() => groups().count()).toBe(2);
    await expect.poll(focused).toBe('1');
    await page.keyboard.press('Control+z');
    await expect.poll(() => groups().count()).toBe(3);
    await button(/^All/).click();
  });

  test('are undone and done again, by keys and buttons, to the first', async () => {
    await page.keyboard.press('Control+z');
    await dropped().toContain('1');
    await page.keyboard.press('Control+Shift+z');
    await dropped().toContain('2');
    for (let left = 3; left > 0; left--) await button(/^Undo: /).click();
    await dropped().toContain('0');
    await button('Nothing to undo').waitFor();
    for (let left = 3; left > 0; left--) await button(/^Redo: /).click();
    await dropped().toContain('2');
    await button('History of decisions').click();
    const history = page.getByRole('dialog', { name: 'History of decisions' });
    await expect.poll(() => history.getByRole('row').count()).toBe(5); // the header; four decisions, one of them undone
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
  });

  test('outlive a reload', async () => {
    await page.reload();
    await dropped().toContain('2');
    await button(/^Undecided ?3$/).waitFor();
  });

  test('drop all but one of every group at once, and the headline follows', async () => {
    await button('Drop all but one of every group').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop the others' }).click();
    await dropped().toContain('5');
    await main().getByText('None of the remaining images has a twin').waitFor();
    await page.keyboard.press('Control+z');
    await dropped().toContain('2');
  });

  test('are all made that come faster than they are saved, and take the focus from nowhere else', async () => {
    const line = await heldLine(page.context());
    await page.reload();
    await button(/^Undecided/).click();
    await expect.poll(() => groups().count()).toBe(3);
    line.hold('check/decide');
    await groups().first().focus();
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    await button('History of decisions').focus();
    await line.release('check/decide');
    await expect.poll(() => groups().count()).toBe(1);
    expect(
      await button('History of decisions').evaluate((element) => element === document.activeElement),
    ).toBe(true);
    for (const left of [2, 3]) {
      await page.keyboard.press('Control+z');
      await expect.poll(() => groups().count()).toBe(left);
    }
    await button(/^All/).click();
  });
});

describe('a check that an older method made', () => {
  beforeAll(async () => {
    const registry = Registry.open(home);
    const check = registry.checks.record(ids.scans)!;
    registry.checks.put({ ...check, method: 'twins-1' }, registry.checks.links(ids.scans).slice(1));
    registry.close();
    await page.reload();
  });

  test('says so, and what it means', async () => {
    await main().getByText('This check was made with an older method (twins-1)').waitFor();
    await main().getByText('Splits based on it stay as they are').waitFor();
    expect(await button('Check again').count()).toBe(1);
    expect(await faultsOf(page)).toEqual([]);
    await main().getByRole('link', { name: 'Split', exact: true }).click();
    await main().getByRole('heading', { name: 'The check was made with an older method' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('is repeated, and decisions stay', async () => {
    await button('Check again').click();
    await main().getByText('This check was made with an older method').waitFor({ state: 'hidden' });
    await expect.poll(() => groups().count()).toBe(planted.length);
    await dropped().toContain('2');
    await button(/^Undecided ?3$/).waitFor();
  });
});

describe('a split of it', () => {
  test('keeps every group whole, leaves out what was dropped, and certifies it', async () => {
    await main().getByRole('link', { name: 'Split' }).click();
    await main().getByText('2 images were dropped in the check').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await button('Create the split').click();
    const certificate = main().getByRole('region', { name: 'Certificate' });
    await certificate.getByText('No scan has a twin in another set').waitFor();
    expect(await factOf(certificate, 'Twins across sets')).toBe('0');
    expect(await factOf(certificate, 'Images dropped')).toBe('2');
    expect(await faultsOf(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      certificate.getByRole('button', { name: 'Save as text' }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    const { splits } = await splitsOf(ids.scans);
    expect(text).toContain(`SHA-256: ${splits.at(-1)!.hash}`);
    expect(text).toContain('Twins across sets: 0');
  });

  test('shows its certificate where it is trained', async () => {
    await button('Train').first().click();
    await main().getByRole('heading', { level: 1, name: 'Train' }).waitFor();
    await main()
      .getByRole('link', { name: /0 twins across sets/ })
      .click();
    await main().getByRole('heading', { name: 'Certificate' }).waitFor();
  });

  test('by nothing but exact duplicates is warned of, and its certificate says what leaks', async () => {
    await main().getByRole('link', { name: 'Make another split' }).click();
    await main().getByRole('radio', { name: 'Nothing but exact duplicates' }).check();
    await main().getByText('Twins may be in both training and test.').waitFor();
    await main().getByLabel('Test', { exact: true }).fill('0.4');
    await expect.poll(() => button('Create the split').isEnabled()).toBe(true);
    await button('Create the split').click();
    const certificate = main().getByRole('region', { name: 'Certificate' });
    await certificate.waitFor();
    const { splits } = await splitsOf(ids.scans);
    const across = splits.at(-1)!.certificate!.twinsAcross;
    expect(Number(await factOf(certificate, 'Twins across sets'))).toBe(across);
  });

  test('by a pattern shows its groups while it is written', async () => {
    await main().getByRole('link', { name: 'Make another split' }).click();
    await main().getByRole('radio', { name: 'A pattern on the file names' }).check();
    const pattern = main().getByRole('textbox', { name: 'Pattern' });
    await pattern.fill('(');
    await main().getByText('This is not a regular expression yet.').waitFor();
    await pattern.fill('(\\d+)\\.png$');
    // Sixteen numbers, each in both classes; six files were given names without one, one of them not a PNG.
    await main().getByText('16 groups; 6 files do not match and stay alone.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('in folds is as many splits, each group in one test part', async () => {
    await main().getByRole('radio', { name: 'Twins', exact: true }).check();
    await main().getByRole('switch', { name: 'Cross-validation (k-fold)' }).check();
    await main().getByLabel('Folds', { exact: true }).fill('3');
    await button('Create 3 splits').click();
    const certificate = main().getByRole('region', { name: 'Certificate' });
    await expect.poll(() => factOf(certificate, 'Method')).toBe('Fold 1 of 3');
    for (const fold of [1, 2, 3])
      await main()
        .getByRole('row')
        .filter({ hasText: `Fold ${fold} of 3` })
        .waitFor();
  });
});

const factOf = async (certificate: Locator, name: string): Promise<string> =>
  (await certificate
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .innerText()) ?? '';

async function splitsOf(datasetId: string): Promise<{ splits: Split[] }> {
  const { splits } = await falxJson<{ splits: Split[] }>(home, ['show', datasetId]);
  return { splits: [...splits].sort((a, b) => a.created.localeCompare(b.created)) };
}

describe('folders that came in parts', () => {
  test('show what leaks, and are repaired', async () => {
    await goTo(`#/split/${ids.divided}`);
    await main().getByRole('heading', { name: 'This dataset has not been checked for twins' }).waitFor();
    await button('Check first').click();
    await main()
      .getByRole('tab', { name: /^Original split/ })
      .click();
    await main().getByText('6 of 12 test images (50%) have a twin').waitFor();
    await expect.poll(() => groups().count()).toBe(6);
    expect(await faultsOf(page)).toEqual([]);
    await main().getByRole('link', { name: 'Make a repaired split' }).click();
    expect(await main().getByRole('switch', { name: 'Keep the folders’ own split' }).isChecked()).toBe(true);
    await expect.poll(() => button('Create the split').isEnabled()).toBe(true);
    await button('Create the split').click();
    const certificate = main().getByRole('region', { name: 'Certificate' });
    expect(await factOf(certificate, 'Twins across sets')).toBe('0');
    expect(await factOf(certificate, 'Method')).toBe('The folders’ own, repaired');
  });
});

describe('shortcuts, labels and quarantine', () => {
  test('shortcuts are looked for, and each gets its bar and its verdict', async () => {
    await goTo(`#/check/${ids.divided}?look=shortcuts`);
    await button('Look for shortcuts').click();
    await button('Look again').waitFor();
    for (const kind of ['Size and format', 'The border', 'Brightness', 'A 16 × 16 thumbnail']) {
      const card = main().getByRole('region', { name: kind });
      await card.getByRole('img', { name: /^Balanced accuracy on a scale/ }).waitFor();
    }
    expect(
      await main()
        .getByRole('img', { name: /^Average picture/ })
        .count(),
    ).toBe(2);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('labels show the scan that lies in both classes, and say that no model has evaluated yet', async () => {
    await main()
      .getByRole('tab', { name: /^Labels/ })
      .click();
    await main().getByRole('heading', { name: '1 group has both labels' }).waitFor();
    await main().getByText('Once a model has been trained on this dataset').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a mended file is read again into a new dataset, and one can go back', async () => {
    await goTo(`#/check/${ids.scans}?look=quarantine`);
    await main().getByRole('cell', { name: 'Healthy/torn.png' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await button('Try again').click();
    await page.getByText('None of them can be read yet.').waitFor();
    copyFileSync(path.join(scans, planted.at(-1)!.scan), path.join(scans, 'Healthy', 'torn.png'));
    await button('Try again').click();
    await page.getByText('1 more file was read; this is a new dataset that includes it.').waitFor();
    expect(page.url()).not.toContain(ids.scans);
    await page.getByRole('button', { name: 'Go back' }).click();
    await expect.poll(() => page.url()).toContain(ids.scans);
    await dropped().toContain('2');
  });
});

test('nothing complained', expectNoComplaint);
