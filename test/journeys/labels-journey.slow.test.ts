import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LabelSuspect } from '../../src-main/contract/check.ts';
import type { Dataset, Run, Split } from '../../src-main/contract/records.ts';
import { heldLine } from '../held-line.ts';
import { faultsOf } from './axe.ts';
import { journey } from './journey.ts';
import { laySwitched } from './switched.ts';

/** Scans deliberately put into the wrong folder: a network trained on others finds them, and a person decides. */
const { at, open, main, json: answered, expectNoComplaint } = journey('labels');
const scans = at('scans');
const json = <T>(...args: string[]) => answered<T>(args);

/** File names, which tell what the scans show. */
let switched: string[];
let datasetId: string;
let run: Run;
let page: Page;

beforeAll(async () => {
  switched = await laySwitched(scans);
  datasetId = (await json<{ dataset: Dataset }>('import', scans)).dataset.id;
  await json('check', datasetId);
  const { split } = await json<{ split: Split }>('split', datasetId, '--use-given');
  const settings = ['--networks', 'mobilenetv2', '--size', '64', '--epochs', '12', '--weights', 'none'];
  run = (await json<{ runs: Run[] }>('train', split.id, ...settings)).runs[0]!;
  await json('evaluate', run.id);
  page = await open();
});

const section = (): Locator =>
  main().getByRole('region', { name: 'Labels that the trained models contradict' });
const cards = (): Locator => section().getByRole('listitem');
const card = (file: string): Locator => cards().filter({ hasText: file });
const dropped = () =>
  expect.poll(() => main().getByRole('group', { name: 'Dropped', exact: true }).innerText());
const told = () => json<{ evaluated: number; suspects: LabelSuspect[] }>('labels', run.id);
const nameOf = ({ image }: LabelSuspect) => path.posix.basename(image.file);

describe('labels that a trained network contradicts', () => {
  test('are shown as pictures, with the label and what the model says, as the command line tells them', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/check/${datasetId}?look=labels`);
    const { evaluated, suspects } = await told();
    expect(suspects.map(nameOf)).toEqual(expect.arrayContaining(switched));
    await section().getByText(`of ${evaluated} predicted by one model`).waitFor();
    await expect.poll(() => cards().count()).toBe(suspects.length);
    // Dropped scans are counted there, further down.
    await main().locator('summary', { hasText: 'Figures' }).click();
    for (const [index, suspect] of suspects.entries()) {
      const text = await cards().nth(index).innerText();
      expect(text).toContain(nameOf(suspect));
      expect(text).toContain(`Label: ${suspect.image.className}`);
      expect(text).toContain(`Models: ${Math.round(suspect.probability * 100)}% Tumour`);
    }
    const picture = cards().first().locator('img');
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('are kept and dropped by letters, and the focus goes on', async () => {
    const [first, second] = (await told()).suspects.map(nameOf) as [string, string];
    await card(first)
      .getByRole('button', { name: `Enlarge ${first}` })
      .focus();
    await page.keyboard.press('k');
    // Goes on before the answer arrives, which must not move the focus back.
    await page.keyboard.press('ArrowRight');
    await card(first).getByText('kept', { exact: true }).waitFor();
    await page.keyboard.press('d');
    await dropped().toContain('1');
    await card(second).getByText('dropped', { exact: true }).waitFor();
    await expect.poll(() => cards().last().innerText()).toContain(second);
    // As soon as the list shows the decision: a letter in between would go nowhere.
    expect(
      await cards()
        .nth(1)
        .evaluate((item) => item.contains(document.activeElement)),
    ).toBe(true);
    expect((await told()).suspects.map(nameOf)).not.toContain(second);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('are undone and done again', async () => {
    const before = await cards().allInnerTexts();
    await page.keyboard.press('Control+z');
    await dropped().toContain('0');
    await page.keyboard.press('Control+z');
    await section().getByText('kept', { exact: true }).waitFor({ state: 'hidden' });
    await main()
      .getByRole('button', { name: /^Redo: / })
      .click();
    await section().getByText('kept', { exact: true }).waitFor();
    await main()
      .getByRole('button', { name: /^Redo: / })
      .click();
    await dropped().toContain('1');
    await expect.poll(() => cards().allInnerTexts()).toEqual(before);
  });

  test('are decided where they are shown large too, and a dropped one can be kept again', async () => {
    const last = await cards()
      .last()
      .getByRole('button', { name: /^Enlarge / })
      .getAttribute('aria-label');
    await cards()
      .last()
      .getByRole('button', { name: /^Enlarge / })
      .click();
    const enlarged = page.getByRole('dialog');
    await enlarged.getByText(/^Tumour: \d/).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await enlarged.getByRole('button', { name: 'Keep' }).click();
    await dropped().toContain('0');
    await page.keyboard.press('Escape');
    await card(last!.replace('Enlarge ', '')).getByText('kept', { exact: true }).waitFor();
    await page.keyboard.press('Control+z');
    await dropped().toContain('1');
  });

  test('stay where they are shown large when somebody turns on before a decision is saved', async () => {
    const line = await heldLine(page.context());
    await page.reload();
    const enlarge = cards().getByRole('button', { name: /^Enlarge / });
    const second = (await enlarge.nth(1).getAttribute('aria-label'))!.replace('Enlarge ', '');
    line.hold('check/decide');
    await enlarge.first().click();
    const enlarged = page.getByRole('dialog');
    await enlarged.getByText(/^Tumour: \d/).waitFor();
    await page.keyboard.press('d');
    await page.keyboard.press('ArrowRight');
    await enlarged.getByRole('heading', { level: 2, name: second }).waitFor();
    await line.release('check/decide');
    await expect.poll(() => line.had('check/decide')).toBe(1);
    await expect.poll(() => cards().filter({ hasText: 'dropped' }).count()).toBe(2);
    expect(await enlarged.getByRole('heading', { level: 2 }).innerText()).toBe(second);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await dropped().toContain('1');
  });

  test('are left out of the next split once they were dropped', async () => {
    const images = (await json<{ images: number }>('show', datasetId)).images;
    const { counts } = await json<{ counts: Record<string, number> }>(
      'split',
      datasetId,
      '--use-given',
      '--seed',
      '3',
    );
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(images - 1);
  });
});

test('nothing complained', expectNoComplaint);
