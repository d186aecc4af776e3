import AxeBuilder from '@axe-core/playwright';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { zipOf } from '../import/zips.ts';
import { pickFolder } from './picker.ts';
import { journey } from './journey.ts';

/** The first two screens, as used by a person with folders of their own. */
const { at, open, reopen, main, stat, expectNoComplaint } = journey('data');
const scans = at('scans');
const divided = at('divided');
const oneClass = at('one-class');
const tabled = at('tabled');
const kinds = at('kinds');
const perClass = 20;

let page: Page;

beforeAll(async () => {
  await layFolders();
  page = await open();
});
/** Twenty scans per class, with one duplicate, one broken file and one non-image; the same divided into sets; and a folder with one class. */
async function layFolders(): Promise<void> {
  await writeDemo(scans, { perClass, size: 96 });
  for (const part of ['train', 'test'])
    for (const name of ['Tumour', 'Healthy']) {
      mkdirSync(path.join(divided, part, name), { recursive: true });
      const files = readdirSync(path.join(scans, name)).sort();
      for (const file of part === 'train' ? files.slice(0, 14) : files.slice(14))
        copyFileSync(path.join(scans, name, file), path.join(divided, part, name, file));
    }
  mkdirSync(tabled);
  const rows = ['Tumour', 'Healthy'].flatMap((name) =>
    readdirSync(path.join(scans, name))
      .sort()
      .slice(0, 2)
      .map((file, index) => {
        copyFileSync(path.join(scans, name, file), path.join(tabled, file));
        return `${file};${name};${name === 'Tumour' ? `P${index}` : index === 0 ? 'P7' : ''}`;
      }),
  );
  writeFileSync(path.join(tabled, 'labels.csv'), `file;label;patient\n${rows.join('\n')}\n`);
  const [first = ''] = readdirSync(path.join(scans, 'Tumour')).sort();
  copyFileSync(path.join(scans, 'Tumour', first), path.join(scans, 'Tumour', 'again.png'));
  writeFileSync(path.join(scans, 'Healthy', 'report.txt'), 'The patient is well.');
  writeFileSync(path.join(scans, 'list.csv'), 'file,label');
  for (const [index, name] of ['glioma', 'meningioma', 'notumor', 'pituitary'].entries()) {
    mkdirSync(path.join(kinds, name), { recursive: true });
    const from = path.join(scans, name === 'notumor' ? 'Healthy' : 'Tumour');
    const file = readdirSync(from).sort()[index]!;
    copyFileSync(path.join(from, file), path.join(kinds, name, file));
  }
  mkdirSync(path.join(oneClass, 'Tumour'), { recursive: true });
  copyFileSync(path.join(scans, 'Tumour', first), path.join(oneClass, 'Tumour', first));
}

/** Drops a file on the page, as from a file manager. */
async function drop(name: string, content: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([name, base64]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], name, { type: 'application/zip' }));
      return data;
    },
    [name, content.toString('base64')] as const,
  );
  await main().dispatchEvent('dragenter', { dataTransfer: transfer });
  await page.getByText('One sub-folder for each class').waitFor();
  await main().dispatchEvent('drop', { dataTransfer: transfer });
}

const button = (name: string | RegExp): Locator => main().getByRole('button', { name });
const dataset = (name: string): Locator => main().getByRole('heading', { level: 2, name, exact: true });

/** Goes to the screen with the three ways to import. */
async function toStart(): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/data?add=1`);
  await button('Choose a folder').waitFor();
}

async function choose(folder: string): Promise<void> {
  await button('Choose a folder').click();
  const picker = await pickFolder(page, folder);
  await picker.getByRole('button', { name: 'Choose this folder' }).click();
}

/** Accessibility violations on the current screen. */
async function barriers(): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' }); // colours in transition are not final
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe('the ways in', () => {
  test('a folder that is no dataset is refused with what is wrong, and works once it is put right', async () => {
    await toStart();
    expect(await barriers()).toEqual([]);
    await choose(oneClass);
    const refusal = main().getByRole('alert');
    await refusal.getByText('“one-class” has only one class folder, “Tumour”.').waitFor();
    expect(await barriers()).toEqual([]);
    mkdirSync(path.join(oneClass, 'Healthy'));
    const [first = ''] = readdirSync(path.join(scans, 'Healthy')).sort();
    copyFileSync(path.join(scans, 'Healthy', first), path.join(oneClass, 'Healthy', first));
    await refusal.getByRole('button', { name: 'Try again' }).click();
    await dataset('one-class').waitFor();
    await refusal.waitFor({ state: 'hidden' });
  });

  test('of a folder with kinds of tumours it is asked which count as one, and they are imported as that', async () => {
    await toStart();
    await choose(kinds);
    await main().getByRole('heading', { name: '4 classes were found' }).waitFor();
    expect(await barriers()).toEqual([]);
    const side = (name: string) => main().getByRole('combobox', { name, exact: true });
    for (const name of ['glioma', 'meningioma', 'pituitary'])
      expect(await side(name).inputValue()).toBe('finding');
    expect(await side('notumor').inputValue()).toBe('other');
    await side('notumor').selectOption('none');
    expect(await button('Import these').isEnabled()).toBe(false);
    await side('notumor').selectOption('other');
    await side('pituitary').selectOption('Leave out');
    await main().getByRole('textbox', { name: 'Class to be found' }).fill('mass');
    await button('Import these').click();
    await dataset('kinds').waitFor();
    await main().getByRole('radio', { name: 'mass', exact: true, checked: true }).waitFor();
    await main().getByText('Other class folders were left out: “pituitary” (1).').waitFor();
    expect(await stat('Images').innerText()).toContain('3');
  });

  test('a folder of this computer is sent, file by file, and imported', async () => {
    await toStart();
    await page.locator('input[type=file]').setInputFiles(divided);
    await dataset('divided').waitFor();
    expect(await stat('Images').innerText()).toContain(String(2 * perClass));
    await main()
      .getByText(/uploads.*divided/)
      .waitFor();
  });

  test('the sending can be given up', async () => {
    await toStart();
    // As over a slow connection.
    await page.route('**/upload/**', () => undefined);
    await page.locator('input[type=file]').setInputFiles(divided);
    await main().getByRole('progressbar', { name: 'Copying “divided” to Falx' }).waitFor();
    expect(await barriers()).toEqual([]);
    await button('Stop copying').click();
    await page.getByText('Cancelled. Nothing was added.').waitFor();
    await page.unroute('**/upload/**');
    await button('Upload from this computer').waitFor();
  });

  test('a zip archive that is dropped is sent, unpacked and imported; one that leads elsewhere is refused', async () => {
    await toStart();
    const pictures = ['Tumour', 'Healthy'].flatMap((name) =>
      readdirSync(path.join(scans, name))
        .filter((file) => file.endsWith('.png'))
        .slice(0, 3)
        .map((file) => ({ name: `${name}/${file}`, data: readFileSync(path.join(scans, name, file)) })),
    );
    await drop('bad.zip', zipOf([...pictures, { name: '../elsewhere.png', data: 'x' }]));
    const refusal = main().getByRole('alert');
    await refusal.getByText('its entry “../elsewhere.png” leads out of the folder').waitFor();
    expect(await barriers()).toEqual([]);
    await button('Close').click();
    await drop('archive.zip', zipOf(pictures));
    await dataset('archive').waitFor();
    expect(await stat('Images').innerText()).toContain('6');
  });

  test('a table in the folder is offered, gives the labels, and the second time nothing is new', async () => {
    const title = 'Use the table “labels.csv”?';
    for (const time of ['first', 'second']) {
      await toStart();
      await choose(tabled);
      const question = page.getByRole('dialog', { name: title });
      await question.getByText('It gives labels and patients for 4 files').waitFor();
      expect(await barriers()).toEqual([]);
      await question.getByRole('button', { name: 'Use the table' }).click();
      await dataset('tabled').waitFor();
      if (time === 'second')
        await page.getByText('“tabled”: nothing has changed since it was imported (4 files)').waitFor();
    }
    expect(await stat('Images').innerText()).toContain('4');
    await main().getByText('“labels.csv” gives no patient for 1 of 4 files').waitFor();
  });

  test('a folder without class folders is imported without labels, and says what to do', async () => {
    await toStart();
    await choose(path.join(scans, 'Tumour'));
    await dataset('Tumour').waitFor();
    await main().getByRole('heading', { level: 3, name: 'No labels' }).waitFor();
    await button('Choose a table of labels').waitFor();
    await main().getByText('There are no class folders, so the scans have no labels').waitFor();
    expect(await main().getByRole('heading', { name: 'Class balance' }).count()).toBe(0);
    expect(await main().getByRole('radio').count()).toBe(0);
    expect(await barriers()).toEqual([]);
  });

  test('single files that are dropped are refused: the folder is wanted', async () => {
    await toStart();
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['scan'], 'scan.png', { type: 'image/png' }));
      return data;
    });
    await main().dispatchEvent('dragenter', { dataTransfer: transfer });
    await page.getByText('One sub-folder for each class').waitFor();
    await main().dispatchEvent('drop', { dataTransfer: transfer });
    await main().getByRole('alert').getByText('Single files were dropped.').waitFor();
    await button('Close').click();
  });

  test('an import goes on when the page is loaded anew, and can be cancelled', async () => {
    await toStart();
    await button('Only draw them').click();
    const progress = main().getByRole('progressbar', { name: 'Drawing sample scans' });
    await progress.waitFor();
    await page.reload();
    await progress.waitFor();
    expect(await barriers()).toEqual([]);
    await button('Cancel').click();
    await page.getByText('Cancelled. Nothing was added.').waitFor();
    await button('Try with sample scans').waitFor();
  });
});

describe('a folder that is not imported', () => {
  test('is audited: what leaks is shown, and the report and a split that leaks nothing are saved', async () => {
    const copy = path.join(divided, 'test', 'Tumour', 'copy.png');
    const [first = ''] = readdirSync(path.join(divided, 'train', 'Tumour')).sort();
    copyFileSync(path.join(divided, 'train', 'Tumour', first), copy);
    await toStart();
    await button('Audit a folder').click();
    const picker = await pickFolder(page, divided);
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    await main().getByRole('heading', { level: 2, name: 'Audit of divided' }).waitFor();
    await main()
      .getByText(/^1 of 13 test images has a twin in training or validation \(8\s?%\)/)
      .waitFor();
    await main().getByText(`test/Tumour/copy.png`).waitFor();
    expect(await barriers()).toEqual([]);
    const saved = async (name: string): Promise<[string, string]> => {
      const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
      return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8')];
    };
    const [reportName, report] = await saved('Save the report');
    expect(reportName).toBe('divided-report.html');
    expect(report).toContain('test/Tumour/copy.png');
    const [splitName, split] = await saved('Save a leak-free split');
    expect(splitName).toBe('divided-split.csv');
    const partOf = (file: string) =>
      split
        .split('\n')
        .find((line) => line.startsWith(`${file},`))
        ?.split(',')[2];
    expect(partOf('test/Tumour/copy.png')).toBe(partOf(`train/Tumour/${first}`));
    // It is shown again after a reload.
    await page.reload();
    await main().getByRole('heading', { level: 2, name: 'Audit of divided' }).waitFor();
    rmSync(copy);
  });
});

describe('a dataset', () => {
  test('shows its figures, what was left out and why, and what is worth knowing', async () => {
    await toStart();
    await choose(scans);
    await dataset('scans').waitFor();
    for (const [name, value] of Object.entries({
      Images: '41',
      'Exact duplicates': '1',
      Quarantine: '1',
      'Usual size': '96 × 96',
    }))
      expect(await stat(name).innerText(), name).toContain(value);
    await main()
      .getByText(/^PNG 41; .* on disk/)
      .waitFor();
    await main().getByText('1 file outside the class folders was left out.').waitFor();
    await main().getByText('1 file was left out', { exact: true }).click();
    const row = main().getByRole('table', { name: 'Files that could not be read' }).getByRole('row').nth(1);
    expect(await row.innerText()).toMatch(/Healthy\/report\.txt\s+Not an image that Falx can read/);
    await main().locator('.js-plotly-plot .points path').first().waitFor();
    expect(await barriers()).toEqual([]);
  });

  test('shows its images by class; one is enlarged, and arrows go to the next', async () => {
    await main().getByRole('tab', { name: 'Tumour' }).click();
    const images = main().getByRole('grid', { name: 'Images of the dataset' }).getByRole('gridcell');
    await images.first().locator('img').waitFor();
    expect(await images.count()).toBe(perClass + 1);
    await images.nth(1).focus();
    await page.keyboard.press('Enter');
    const enlarged = page.getByRole('dialog');
    await enlarged.getByRole('heading', { name: 'Tumour/tumour-0001.png' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await enlarged.getByRole('heading', { name: 'Tumour/tumour-0002.png' }).waitFor();
    await enlarged.getByText('3 of 21').waitFor();
    await expect
      .poll(() => enlarged.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth))
      .toBe(96);
    expect(await barriers()).toEqual([]);
    await page.keyboard.press('Escape');
    await enlarged.waitFor({ state: 'hidden' });
  });

  test('is given another name and another finding, is removed, and comes back', async () => {
    await button('Rename').click();
    await page.keyboard.type('Clinic A');
    await page.keyboard.press('Enter');
    await dataset('Clinic A').waitFor();
    await main().getByRole('radio', { name: 'Healthy' }).check();
    await page.getByText('“Healthy” is the positive class now').waitFor();
    await main().getByRole('radio', { name: 'Tumour' }).check();
    await button('Remove').click();
    await page.getByText('“Clinic A” was removed.').waitFor();
    await dataset('Clinic A').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await dataset('Clinic A').waitFor();
  });
});

describe('a split', () => {
  const cells = async (part: string): Promise<string[]> =>
    await main().getByRole('row', { name: part }).getByRole('cell').allInnerTexts();
  const create = (): Locator => button('Create the split');

  test('counts while its shares are chosen, and says why it can’t be', async () => {
    await button('Check').click();
    await main().getByRole('link', { name: 'Continue without checking' }).click();
    await main().getByRole('heading', { level: 1, name: 'Split' }).waitFor();
    // Of 21 and 20 scans: a fifth is 4.2 and 4, a half 10.5 and 10; the largest remainder gets the extra scan.
    await expect.poll(() => cells('Test')).toEqual(['4', '4', '8', '20%']);
    await main().getByLabel('Test', { exact: true }).fill('0.5');
    await expect.poll(() => cells('Test')).toEqual(['11', '10', '21', '51%']);
    await main().getByLabel('Validation', { exact: true }).fill('0.5');
    await main().getByText('Test and validation leave no scans to learn from').waitFor();
    expect(await create().isDisabled()).toBe(true);
    expect(await barriers()).toEqual([]);
    await main().getByLabel('Validation', { exact: true }).fill('0.2');
    await expect.poll(() => create().isEnabled()).toBe(true);
    await main().getByText('1 exact duplicate stays in the same set as its twin.').waitFor();
    expect(await barriers()).toEqual([]);
  });

  test('is made, and is offered again for the same choices', async () => {
    const seed = main().getByLabel('Random seed', { exact: true });
    await button('Draw another').click();
    expect(await seed.inputValue()).not.toBe('7');
    const drawn = await seed.inputValue();
    await create().click();
    await main().getByRole('heading', { name: 'Certificate' }).waitFor();
    await main().getByText('not checked for twins').first().waitFor();
    expect(await barriers()).toEqual([]);
    await button('Train').first().click();
    await page.getByRole('heading', { level: 1, name: 'Train' }).waitFor();
    await page.goBack();
    await main().getByRole('link', { name: 'Make another split' }).click();
    await main().getByText('You have already made exactly this split.').waitFor();
    expect(await seed.inputValue()).toBe(drawn);
    const earlier = main().getByRole('table', { name: 'Earlier splits' }).getByRole('row').nth(1);
    expect(await earlier.innerText()).toContain(drawn);
    expect(await barriers()).toEqual([]);
    await earlier.getByRole('button', { name: /^Train on the split of/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Train' }).waitFor();
  });

  test('keeps the parts that the folders came with', async () => {
    await page.goBack();
    await page
      .getByRole('navigation')
      .getByRole('combobox', { name: 'Dataset' })
      .selectOption({ label: 'divided' });
    await main().getByRole('switch', { name: 'Keep the folders’ own split' }).waitFor();
    await expect.poll(() => cells('Test')).toEqual(['6', '6', '12', '30%']);
  });
});

describe('in Korean and dark', () => {
  test('the screens say all in Korean, and nothing keeps them from anyone', async () => {
    const address = page.url();
    page = await reopen({ language: 'ko', theme: 'dark' });
    await page.goto(address.replace(/#.*/, '#/data?add=1'));
    await main().getByRole('heading', { level: 2, name: '다른 영상 폴더 추가' }).waitFor();
    expect(await barriers()).toEqual([]);
    await page.goto(address.replace(/#.*/, '#/data'));
    await main().getByRole('heading', { level: 3, name: '클래스 비율' }).waitFor();
    await main().locator('.js-plotly-plot .points path').first().waitFor();
    expect(await barriers()).toEqual([]);
    await button('점검').click();
    await main().getByRole('heading', { level: 2, name: '같은 영상이 두 번 들어 있지 않나요?' }).waitFor();
    expect(await barriers()).toEqual([]);
    await main().getByRole('link', { name: '점검하지 않고 계속' }).click();
    await main().getByRole('table', { name: '세트별, 클래스별 영상 수' }).waitFor();
    expect(await barriers()).toEqual([]);
  });
});

test('nothing went wrong unseen', () => {
  expectNoComplaint();
});
