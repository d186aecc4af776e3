import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChromium } from '../browser.ts';
import { faultsOf } from './axe.ts';
import { openWindow, type OpenWindow } from './journey-window.ts';
import { pickFolder } from './picker.ts';
import { serveFalx, type ServedFalx } from './served-journey.ts';

/** Tools beside the wizard: de-identification, and the files that Settings writes. */
const place = realpathSync(mkdtempSync(path.join(tmpdir(), 'falx-tools-')));
const dicom = path.resolve(import.meta.dirname, '../../../shared/data/dicom');
const ours = ['brain_mr_datalad_structural__N2D_0032.dcm', 'brain_mr_datalad_structural__N2D_0048.dcm'];
/** Needs the real scans of ../shared/data. */
const isThere = existsSync(dicom);
const journey = test.skipIf(!isThere);

let falx: ServedFalx;
let browser: Browser;
let window: OpenWindow;
let page: Page;

beforeAll(async () => {
  if (!isThere) return;
  const scans = path.join(place, 'scans');
  mkdirSync(scans);
  for (const name of ours) copyFileSync(path.join(dicom, name), path.join(scans, name));
  writeFileSync(path.join(scans, 'letter.txt'), 'no image');
  [falx, browser] = await Promise.all([serveFalx(path.join(place, 'home')), openChromium()]);
  window = await openWindow(browser);
  page = window.page;
  await page.goto(falx.address);
});
afterAll(async () => {
  await browser?.close();
  await falx?.stop();
  rmSync(place, { recursive: true, force: true });
});

const main = (): Locator => page.getByRole('main');
const button = (name: string | RegExp, exact = true): Locator => main().getByRole('button', { name, exact });

/** Clicks by keyboard. @returns the saved file */
async function savedBy(press: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

journey(
  'a folder is de-identified by keyboard: where to, what it does and does not do, and what was left out',
  async () => {
    await main().getByRole('link', { name: 'De-identify a folder' }).press('Enter');
    await main().getByRole('heading', { name: 'What is not covered' }).waitFor();
    await button('Choose a folder').press('Enter');
    const picker = await pickFolder(page, path.join(place, 'scans'));
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    const name = main().getByRole('textbox', { name: 'Name of the new folder' });
    expect(await name.inputValue()).toBe('scans-deidentified');
    expect(await main().innerText()).toContain(place);
    await name.fill('a/b');
    expect(await button('De-identify').isDisabled()).toBe(true);
    await name.fill('copies');
    expect(await faultsOf(page)).toEqual([]);
    await main().getByRole('radio', { name: 'Shifted', exact: true }).press('Space');
    await name.press('Enter');

    await main().getByRole('heading', { name: '“scans”, de-identified' }).waitFor();
    const told = await main().innerText();
    expect(told).toContain('2 images of 1 patient were written without identities.');
    expect(told).toContain('1 file: not a DICOM file');
    expect(told).toContain(path.join(place, 'copies.mapping.csv'));
    await main().getByText('Which one, and why').click();
    expect(await main().innerText()).toContain('letter.txt: it is not a DICOM file');
    expect(existsSync(path.join(place, 'copies.report.json'))).toBe(true);
  },
);

journey('the same folder again is refused in words, and can be named otherwise', async () => {
  await page.goto(`${new URL(page.url()).origin}/#/data?deidentify=1`);
  await main().getByRole('textbox', { name: 'Name of the new folder' }).fill('copies');
  await button('De-identify').click();
  const refusal = main().getByRole('alert');
  await refusal.waitFor();
  expect(await refusal.innerText()).toContain('already exists. Name a new folder');
});

journey(
  'Settings saves all records, and the audit trail, which is verified again from the file and against its newest entry',
  async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    const records = main().getByRole('region', { name: 'Records' });
    await records.getByRole('button', { name: 'Export' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Include the key to the patient codes' }).waitFor();
    const all = await savedBy(() => dialog.getByRole('button', { name: 'Save the file' }).press('Enter'));
    expect(all.name).toMatch(/^falx-records-\d{4}-\d\d-\d\d\.jsonl$/);
    expect(JSON.parse(all.text.split('\n')[0]!)).toMatchObject({ falxRegistry: 1, leftOut: ['secrets'] });
    await dialog.waitFor({ state: 'detached' });

    const trail = main().getByRole('region', { name: 'Audit trail' });
    const saved = await savedBy(() => trail.getByRole('button', { name: 'Export' }).press('Enter'));
    const entries = saved.text.trimEnd().split('\n');
    expect(entries.at(-1)).toContain('records-exported');
    const file = path.join(place, 'scans', saved.name);
    writeFileSync(file, saved.text);
    await trail.getByText('Verify against a copy kept elsewhere').click();

    const { hash, entry } = JSON.parse(entries.at(-1) ?? '') as { hash: string; entry: { number: number } };
    const known = trail.getByRole('textbox', { name: 'Known entry' });
    await known.fill('7');
    await trail.getByText('Enter a number, a colon and 64 characters').waitFor();
    await known.fill(`${entry.number}:${hash}`);
    await trail.getByRole('button', { name: 'Verify against it' }).click();
    await trail.getByText(`It contains the known entry ${entry.number}.`).waitFor();
    await known.fill(`1:${hash}`);
    await trail.getByRole('button', { name: 'Verify against it' }).click();
    await trail.getByText('It does not contain the known entry 1.').waitFor();

    await trail.getByRole('button', { name: 'Verify an exported trail' }).click();
    const picker = await pickFolder(page, path.join(place, 'scans'));
    await picker.getByText(saved.name).click();
    await trail.getByText(`All ${entries.length} entries are as they were written.`).waitFor();
    expect(await trail.innerText()).toContain(saved.name);
    expect(await faultsOf(page)).toEqual([]);
  },
);

journey('a pack of weights is not offered where none are stored', async () => {
  const weights = main().getByRole('region', { name: 'Pretrained weights' });
  expect(await weights.getByRole('button', { name: 'Save as a pack' }).isDisabled()).toBe(true);
  expect(window.complaints).toEqual([]);
});
