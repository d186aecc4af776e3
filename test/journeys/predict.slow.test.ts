import AxeBuilder from '@axe-core/playwright';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ComparisonRow } from '../../src-main/compare/compare-handlers.ts';
import type { Prediction, Run, Split } from '../../src-main/contract/records.ts';
import type { RocPoint } from '../../src-main/statistics/roc.ts';
import { networkNames, networkTable } from '../../src-main/contract/networks.ts';
import { writePhotograph } from './clinic.ts';
import { dropOn, sent } from './dropped.ts';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';

/** Comparing three trained models and predicting scans, every figure checked against the command line. */
const { at, json, open, main, expectNoComplaint } = journey('predict');
const scans = at('scans');
const letter = at('letter.png');
/** Photographs of food, where the shared data exist. */
const dishes = path.resolve(import.meta.dirname, '../../../shared/data/not-mri');
const photographs = existsSync(dishes)
  ? ['00.jpg', '03.jpg', '14.jpg'].map((name) => path.join(dishes, name))
  : [];

let splitId: string;
let runs: Run[];
let page: Page;

beforeAll(async () => {
  await json(['demo', scans, '--per-class', '40', '--size', '96']);
  await json(['import', scans, '--name', 'phantoms']);
  const { split } = await json<{ split: Split }>(['split', 'phantoms', '--test', '0.3']);
  splitId = split.id;
  const small = ['--size', '48', '--batch', '8', '--epochs', '3', '--weights', 'none'];
  ({ runs } = await json<{ runs: Run[] }>(['train', splitId, ...small]));
  writeFileSync(letter, 'Dear colleague, the scan is attached.\n');
  page = await open();
});

const table = () => main().getByRole('table', { name: 'Performance' });
const runOf = (network: Run['network']) => runs.find((run) => run.network === network)!;

describe('compare', () => {
  test('tests what has not been yet, and its table is the command line’s', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/compare/${splitId}`);
    await expect.poll(() => table().getByRole('row').count()).toBe(4);
    const lines = await downloaded(main().getByRole('button', { name: 'Table as CSV' }));
    const told = await json<{ runs: ComparisonRow[] }>(['compare', ...runs.map(({ id }) => id)]);
    expect(lines).toHaveLength(3);
    for (const row of told.runs) {
      const line = lines.find(({ run }) => run === row.id)!;
      for (const name of ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv', 'f1', 'auc'] as const)
        expect(numberIn(line[name]), `${name} of ${row.network}`).toBe(row[name]);
      for (const cell of ['tp', 'fp', 'tn', 'fn'] as const)
        expect(numberIn(line[cell])).toBe(row.confusion![cell]);
      expect(numberIn(line['model_bytes'])).toBe(row.modelBytes);
      expect(numberIn(line['parameters'])).toBe(row.parameters);
      expect(numberIn(line['best_epoch'])).toBe(row.bestEpoch);
      expect(line['test_images']).toBe('24');
    }
    // The file contains what the screen shows.
    const { accuracy, counts } = told.runs.find(({ network }) => network === 'resnet50')!;
    const shown = await table().getByRole('row').filter({ hasText: 'ResNet50' }).innerText();
    expect(shown).toContain(`${((accuracy ?? 0) * 100).toFixed(1)}%`);
    expect(shown).toContain(`${counts!.accuracy.count}/24`);
  });

  test('a run’s long name widens nothing, and is read whole by whoever goes there', async () => {
    const name = 'DenseNet at 48 pixels without any weights to start from, the second try of the day';
    await page.setViewportSize({ width: 1280, height: 800 });
    await rename(runOf('densenet121').id, name);
    const row = table().getByRole('row').filter({ hasText: name });
    const box = await row.getByText(name).boundingBox();
    expect(await table().evaluate((t) => t.parentElement!.scrollWidth - t.parentElement!.clientWidth)).toBe(
      0,
    );
    await row.getByRole('link', { name }).focus();
    const whole = await row.getByText(name).boundingBox();
    expect(whole!.height).toBeGreaterThan(box!.height);
    await rename(runOf('densenet121').id, '');
    await table().getByText('DenseNet121', { exact: true }).waitFor();
  });

  test('a threshold moved by the keyboard gives each model’s sensitivity and specificity there', async () => {
    const slider = main().getByRole('slider', { name: 'Threshold' });
    await slider.focus();
    for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowLeft');
    expect(await slider.getAttribute('aria-valuetext')).toBe('0.20');
    await main().getByText('A threshold chosen on these test scans looks better here').waitFor();
    for (const { id, network } of runs) {
      const { roc } = await json<{ roc: (Omit<RocPoint, 'threshold'> & { threshold: number | null })[] }>([
        'evaluate',
        id,
      ]);
      const at = roc.findLast(({ threshold }) => threshold === null || threshold >= 0.2)!;
      const own = main().getByRole('region', { name: titles[network], exact: true });
      const figures = await own.locator('dd').allInnerTexts();
      expect(figures[0]).toMatch(new RegExp(`\\b${at.tp}/12$`));
      expect(figures[1]).toMatch(new RegExp(`\\b${12 - at.fp}/12$`));
      expect(await own.getByRole('table').innerText()).toContain(String(12 - at.tp));
    }
  });

  test('misclassified scans can be enlarged, with each model’s prediction', async () => {
    const first = main()
      .getByRole('button', { name: /, enlarge/ })
      .first();
    await first.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/^(Tumour|Healthy)\/(tumour|healthy)-\d+\.png$/).waitFor();
    for (const title of Object.values(titles)) await dialog.getByText(title).waitFor();
    await expect.poll(() => dialog.getByRole('img').evaluate(isLoaded)).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
  });

  test('the first screen of a small window has the verdict, the measures and the ROC curves, whole', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await main()
      .getByText(/No difference shown|is better than/)
      .first()
      .waitFor();
    const foot = (await page.getByRole('contentinfo').boundingBox())!.y;
    for (const name of [
      /^Which model, and how certain/,
      'Measures with 95% confidence intervals',
      'ROC curves',
    ]) {
      const box = await main().getByRole('region', { name }).boundingBox();
      expect(box!.y + box!.height, String(name)).toBeLessThanOrEqual(foot);
    }
  });

  test('a cell, a bin and a point show the scans behind them', async () => {
    const browser = main().getByTestId('scan-browser');
    const count = async () =>
      Number(/^(\w+) scans? of/.exec(await browser.getByRole('status').innerText())![1]!.replace('One', '1'));
    const dense = main().getByRole('region', { name: 'DenseNet121', exact: true });
    const cell = dense.getByRole('button', { name: /correctly ruled out/ });
    const inCell = Number.parseInt(await cell.innerText());
    await cell.click();
    await browser.getByText('DenseNet121: correctly ruled out').waitFor();
    expect(await count()).toBe(inCell);
    for (const [plot, mark, said] of [
      ['Probabilities of the test scans', '.bars .point path', /with probabilities from/],
      ['Calibration', '.points path', /probabilities from/],
      ['ROC curves', '.points path', /misclassified at a threshold of/],
    ] as const) {
      await browser.getByRole('button', { name: 'Show all again' }).click();
      const drawn = main()
        .getByRole('img', { name: new RegExp(`^${plot}\\. `) })
        .locator(mark);
      await pressOn(drawn.last());
      await browser.getByText(said).waitFor();
    }
    await browser.getByRole('button', { name: 'Show all again' }).click();
  });

  test('scans are sorted and filtered; a note is kept, and a label marked as wrong is decided in Check', async () => {
    const browser = main().getByTestId('scan-browser');
    await browser.getByRole('combobox', { name: 'Sorted by' }).selectOption('File name');
    const names = () => browser.getByRole('button', { name: /, enlarge/ }).allInnerTexts();
    const sorted = await names();
    expect(sorted).toEqual(sorted.toSorted());
    await browser.getByRole('textbox', { name: 'Part of the file name' }).fill('tumour-');
    await expect.poll(async () => (await names()).every((name) => name.includes('tumour-'))).toBe(true);
    await browser
      .getByRole('button', { name: /, enlarge/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'The label looks wrong' }).check();
    await dialog.getByRole('textbox', { name: 'Note' }).fill('No lesion that I can see.');
    await dialog.getByRole('button', { name: 'Save the note' }).click();
    await dialog.getByRole('link', { name: 'Decide in Check' }).click();
    const marked = main().getByTestId('marked');
    await marked.getByText('One label was marked as wrong').waitFor();
    await marked.getByText('No lesion that I can see.').waitFor();
    await page.goBack();
    await table().waitFor();
  });

  test('a report is written by one press, and opens by itself', async () => {
    await main().getByRole('button', { name: 'Report…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Report' });
    await dialog
      .getByRole('combobox', { name: 'Positive at or above' })
      .selectOption('Highest sensitivity + specificity (Youden)');
    await dialog.getByRole('radio', { name: /^Page/ }).check();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Write and save' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`falx-report-${splitId}.html`);
    const opened = await page.context().browser()!.newContext({ javaScriptEnabled: false });
    const written = await opened.newPage();
    await written.setContent(readFileSync(await download.path(), 'utf8'));
    await written.getByRole('heading', { name: 'Thresholds chosen on the validation set' }).waitFor();
    await written.getByText('The measures in this report are at these thresholds.').waitFor();
    for (const title of Object.values(titles)) await written.getByText(title).first().waitFor();
    await opened.close();
  });

  test('which models are compared stays in the address', async () => {
    await main().getByRole('checkbox', { name: 'MobileNetV2' }).uncheck();
    await expect.poll(() => table().getByRole('row').count()).toBe(3);
    expect(page.url()).toContain('runs=');
    await page.reload();
    await expect.poll(() => table().getByRole('row').count()).toBe(3);
    await main().getByRole('checkbox', { name: 'MobileNetV2' }).check();
    await expect.poll(() => table().getByRole('row').count()).toBe(4);
    expect(page.url()).not.toContain('runs=');
  });

  test('breaks no rule of accessibility in either theme', async () => {
    await accessible();
  });

  test('“Use this model” takes it with the threshold, and leads to Predict', async () => {
    const slider = main().getByRole('slider', { name: 'Threshold' });
    await slider.focus();
    for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowLeft');
    await main()
      .getByRole('region', { name: 'MobileNetV2', exact: true })
      .getByRole('button', { name: 'Keep the threshold 0.30 for MobileNetV2' })
      .click();
    const models = main().getByRole('group', { name: 'Models' });
    await models.getByRole('button', { name: 'Use this model: DenseNet121' }).press('Enter');
    const inUse = models.getByRole('button', { name: 'In use: DenseNet121' });
    await inUse.waitFor();
    expect(await inUse.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Go to Predict' }).click();
    await main().getByRole('heading', { level: 1, name: 'Predict' }).waitFor();
    await main().getByText('Threshold 0.30').waitFor();
    expect(await main().getByRole('combobox', { name: 'Model in use' }).inputValue()).toBe(
      runOf('densenet121').id,
    );
  });
});

describe('predict', () => {
  const answer = (name: string) => main().getByRole('region', { name: `Answer on ${name}` });

  test('a dropped scan gets all three models’ answers, those of the command line', async () => {
    const file = path.join(scans, 'Tumour', 'tumour-0003.png');
    await drop([file]);
    const shown = answer('tumour-0003.png');
    await expect.poll(() => shown.getByRole('meter').count()).toBe(4);
    const meters = await shown.getByRole('meter').all();
    const [main, ...all] = await Promise.all(
      meters.map(async (meter) => Number(await meter.getAttribute('data-probability'))),
    );
    expect(all[0]).toBe(main);
    // The model in use comes first, then the newest of each other network.
    const order = await shown.getByRole('listitem').allInnerTexts();
    for (const [row, probability] of all.entries()) {
      const run = runs.find(({ network }) => order[row]!.includes(titles[network]))!;
      const [{ probability: told }] = await predictedBy(run, [file]);
      expect(Math.abs(probability - told!), run.network).toBeLessThanOrEqual(1e-6);
    }
    expect(order[0]).toContain('DenseNet121');
    // Each at its chosen threshold.
    const thresholds = await Promise.all(
      meters.slice(1).map(async (meter) => (await meter.getAttribute('aria-valuetext'))?.split(' ').at(-1)),
    );
    expect(thresholds).toEqual(order.map((row) => (row.includes('ResNet50') ? '50%' : '30%')));
    await shown
      .getByText(main! >= 0.3 ? 'Tumour' : 'No tumour', { exact: true })
      .first()
      .waitFor();
    await shown.getByText('Research use only, not for diagnosis.').waitFor();
    await expect.poll(() => shown.getByRole('img', { name: /^The scan/ }).evaluate(isLoaded)).toBe(true);
  });

  test('a drop on the answer itself asks about what was dropped', async () => {
    await drop([path.join(scans, 'Healthy', 'healthy-0009.png')], answer('tumour-0003.png'));
    await expect.poll(() => answer('healthy-0009.png').getByRole('meter').count()).toBe(4);
  });

  test('a photograph gets no answer, and it is said why', async () => {
    const photograph = at('lunch.jpg');
    await writePhotograph(photograph);
    for (const file of [photograph, ...photographs]) {
      await drop([file]);
      const shown = answer(path.basename(file));
      await shown.getByText('No answer', { exact: true }).first().waitFor();
      await shown.getByText('This picture is unlike the scans', { exact: false }).first().waitFor();
      // The networks' probabilities are not drawn as an answer.
      expect(await shown.getByText(/^(Tumour|No tumour)$/).count()).toBe(0);
    }
    await accessible();
  });

  test('scans chosen in the picker are answered together', async () => {
    await main().getByRole('button', { name: 'Choose scans' }).click();
    const picker = await pickFolder(page, path.join(scans, 'Tumour'));
    for (const name of ['tumour-0006.png', 'tumour-0007.png'])
      await picker.getByRole('option', { name }).click({ modifiers: ['Control'] });
    await picker.getByRole('button', { name: 'Choose 2 files' }).click();
    await main()
      .getByRole('table', { name: /^2 scans$/ })
      .waitFor();
    await expect.poll(() => main().getByRole('button', { name: 'Stop' }).count()).toBe(0);
    expect(await main().getByRole('table').getByRole('meter').count()).toBe(2);
  });

  test('of a folder each scan is answered, and one without scans says so', async () => {
    const pick = async (folder: string): Promise<void> => {
      await main().getByRole('button', { name: 'Choose a folder' }).click();
      await (await pickFolder(page, folder)).getByRole('button', { name: 'Choose this folder' }).click();
    };
    const folder = at('of-one-patient');
    mkdirSync(path.join(folder, 'later'), { recursive: true });
    for (const [name, place] of [
      ['healthy-0010.png', ''],
      ['healthy-0011.png', 'later'],
    ] as const)
      cpSync(path.join(scans, 'Healthy', name), path.join(folder, place, name));
    await pick(folder);
    await main()
      .getByRole('table', { name: /^2 scans$/ })
      .getByRole('row')
      .filter({ hasText: 'healthy-0011.png' })
      .waitFor();
    await expect.poll(() => main().getByRole('button', { name: 'Stop' }).count()).toBe(0);
    const none = at('no-scans');
    mkdirSync(none);
    writeFileSync(path.join(none, 'letter.txt'), 'Dear colleague, the scan is attached.\n');
    await pick(none);
    await page
      .getByRole('region', { name: 'Notices' })
      .getByText('There are no scans in ', { exact: false })
      .waitFor();
  });

  test('of many scans each is answered, and the one that can’t be read says why', async () => {
    const healthy = readdirSync(path.join(scans, 'Healthy')).sort().slice(0, 20);
    const files = [
      path.join(scans, 'Tumour', 'tumour-0001.png'),
      letter,
      ...healthy.map((name) => path.join(scans, 'Healthy', name)),
    ];
    await drop(files);
    await main()
      .getByText(/^\d+ (Tumour|positive), \d+ (Healthy|negative), 1 without an answer\.$/)
      .waitFor();
    await expect.poll(() => main().getByRole('button', { name: 'Stop' }).count()).toBe(0);
    // Files are named only on request.
    await main().getByRole('checkbox', { name: 'Include file names' }).check();
    const lines = await downloaded(main().getByRole('button', { name: 'Answers as CSV' }));
    const told = await predictedBy(runOf('densenet121'), files, 1);
    expect(lines).toHaveLength(files.length);
    for (const [at, line] of lines.entries()) {
      expect(path.basename(line['file']!)).toBe(path.basename(files[at]!));
      if (told[at]!.probability === null) expect(line['error']).toContain('it holds text');
      else {
        expect(Math.abs(numberIn(line['probability'])! - told[at]!.probability)).toBeLessThanOrEqual(1e-6);
        expect(line['positive']).toBe(String(told[at]!.probability >= 0.3));
        expect(line['threshold']).toBe('0.3');
      }
    }
    await main().getByRole('row').filter({ hasText: 'letter.png' }).click();
    await answer('letter.png').getByRole('alert').getByText('it holds text', { exact: false }).waitFor();
    await main().getByRole('row').filter({ hasText: 'healthy-0002.png' }).press('Enter');
    await expect.poll(() => answer('healthy-0002.png').getByRole('meter').count()).toBe(4);
  });

  test('the table is sorted by probability', async () => {
    await main().getByRole('button', { name: 'Probability', exact: true }).click();
    const meters = main()
      .getByRole('table', { name: /^22 scans$/ })
      .getByRole('meter');
    const sorted = await Promise.all(
      (await meters.all()).map(async (meter) => Number(await meter.getAttribute('data-probability'))),
    );
    expect(sorted).toHaveLength(21);
    expect(sorted).toEqual(sorted.toSorted((a, b) => b - a));
  });

  test('breaks no rule of accessibility in either theme', async () => {
    await accessible();
  });

  test('leaving and returning loses nothing, and another model in use predicts at once', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Data' }).click();
    await main().getByRole('heading', { level: 1, name: 'Data' }).waitFor();
    await page.goBack();
    await answer('healthy-0002.png').waitFor();
    await drop([path.join(scans, 'Healthy', 'healthy-0004.png')]);
    await answer('healthy-0004.png')
      .getByText(/^Model: DenseNet121/)
      .waitFor();
    const resnet = runOf('resnet50').id;
    await main().getByRole('combobox', { name: 'Model in use' }).selectOption(resnet);
    await answer('healthy-0004.png')
      .getByText(/^Model: ResNet50/)
      .waitFor();
    await main().getByText('Threshold 0.50').waitFor();
  });

  test('a picture pasted with Ctrl+V is answered', async () => {
    const [data] = sent([path.join(scans, 'Tumour', 'tumour-0005.png')]);
    await page.evaluate((data) => {
      const clipboard = new DataTransfer();
      const bytes = Uint8Array.from(atob(data!.base64), (letter) => letter.charCodeAt(0));
      clipboard.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true }));
    }, data);
    await expect.poll(() => answer('image.png').getByRole('meter').count()).toBe(4);
  });

  test('a scan of the history is shown again with its answers', async () => {
    const history = main().getByRole('complementary', { name: 'History' });
    await history.getByRole('button', { name: /^(?!Delete).*healthy-0004\.png/ }).click();
    const shown = answer('healthy-0004.png');
    await shown.getByText(/^Asked on /).waitFor();
    expect(await shown.getByRole('meter').count()).toBeGreaterThan(0);
    await shown.getByRole('button', { name: 'Ask again' }).click();
    await expect.poll(() => shown.getByRole('meter').count()).toBe(4);
    await expect.poll(() => shown.getByText(/^Asked on /).count()).toBe(0);
  });

  test('nothing complained', () => {
    expectNoComplaint();
  });
});

/** Clicks a drawn mark: plots detect it by the pointer's position. */
async function pressOn(mark: Locator): Promise<void> {
  await mark.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await mark.boundingBox())!;
  await page.mouse.move(x + width / 2 - 2, y + height / 2);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.click(x + width / 2, y + height / 2);
}

const titles = Object.fromEntries(networkNames.map((name) => [name, networkTable[name].title])) as Record<
  Run['network'],
  string
>;

/** Renames a run as another tab's Runs screen would: the window follows. */
async function rename(runId: string, name: string): Promise<void> {
  const here = page.url();
  await page.goto(`${new URL(here).origin}/#/runs/${runId}`);
  const field = main().getByRole('textbox', { name: 'Name', exact: true });
  await field.fill(name);
  await main().getByText('Saved', { exact: true }).waitFor();
  await page.goto(here);
  await table().waitFor();
}

async function predictedBy(run: Run, files: string[], code = 0): Promise<[Prediction, ...Prediction[]]> {
  const told = await json<{ predictions: Prediction[] }>(['predict', run.id, ...files], code);
  return told.predictions as [Prediction, ...Prediction[]];
}

/** Drops files on the screen's drop zone, or on another element, as from a file manager. */
async function drop(
  files: readonly string[],
  onto = main().getByRole('group', { name: 'Drop one or more scans here' }),
): Promise<void> {
  await dropOn(page, onto, files);
}

/** Clicks a download button. @returns the CSV file's rows by the names in its header; no cell contains a line break. */
async function downloaded(button: Locator): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = readFileSync(await download.path(), 'utf8').replace(/^\ufeff/, '');
  const cells = (line: string) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
      quoted === undefined ? plain : quoted.replaceAll('""', '"'),
    );
  const [head = '', ...lines] = text.trimEnd().split('\r\n');
  return lines.map((line) =>
    Object.fromEntries(cells(head).map((name, column) => [name, cells(line)[column] ?? ''])),
  );
}

const numberIn = (cell: string | undefined): number | null =>
  cell === undefined || cell === '' ? null : Number(cell);

const isLoaded = (image: Element): boolean =>
  image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0;

async function accessible(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Plots use the theme's colours once redrawn.
    await page.waitForTimeout(1000);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(found, colorScheme).toEqual([]);
  }
}
