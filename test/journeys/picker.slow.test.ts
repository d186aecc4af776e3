import { mkdirSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { heldLine, type HeldLine } from '../held-line.ts';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';

/** The dialog for folders while the core takes its time over one: what a person does meanwhile stays. */

const { at, open, main, expectNoComplaint } = journey('picker');

let page: Page;
let line: HeldLine;

const picker = (): Locator => page.getByRole('dialog');
const address = (): Locator => picker().getByRole('textbox', { name: 'Path of a folder' });
const ask = (): Promise<void> => main().getByRole('button', { name: 'Choose a folder', exact: true }).click();

beforeAll(async () => {
  for (const name of ['first', 'second']) mkdirSync(at(name, 'inside'), { recursive: true });
  page = await open();
  line = await heldLine(page.context());
  await page.evaluate((folder) => {
    localStorage.setItem('falx.picker', JSON.stringify({ folder }));
    location.hash = '#/data';
  }, at('first'));
  await page.reload();
});

beforeEach(async () => {
  // Left in one folder, begun anew in another.
  await ask();
  await pickFolder(page, at('second'));
  await picker().getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => picker().count()).toBe(0);
  line.hold('files/browse');
  await ask();
});

test('a folder asked for before is not shown as if it had been read', async () => {
  await picker().waitFor();
  expect(await picker().getByRole('option').count()).toBe(0);
  expect(await picker().getByRole('button', { name: 'Choose this folder' }).isDisabled()).toBe(true);
  await line.release('files/browse');
  await picker().getByRole('option', { name: 'inside' }).waitFor();
  await expect.poll(() => address().inputValue()).toBe(at('first'));
  // Arrows and Backspace go on from its first entry.
  await expect
    .poll(() =>
      picker()
        .getByRole('option')
        .evaluate((entry) => entry === document.activeElement),
    )
    .toBe(true);
  await page.keyboard.press('Escape');
});

test('who goes to the address before the folder is there types into it', async () => {
  await expect.poll(() => address().evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+a');
  await line.release('files/browse');
  await picker().getByRole('option', { name: 'inside' }).waitFor();
  await page.keyboard.type(at('second'));
  expect(await address().inputValue()).toBe(at('second'));
  await page.keyboard.press('Enter');
  await picker().getByRole('button', { name: 'second', exact: true }).waitFor();
  await page.keyboard.press('Escape');
  expectNoComplaint();
});
