import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Goes to a folder in the picker that is open, by its path. @param picker where another dialog is open below it. @returns the picker, which shows what is in there. */
export async function pickFolder(
  page: Page,
  folder: string,
  picker = page.getByRole('dialog'),
): Promise<Locator> {
  const typed = picker.getByRole('textbox', { name: 'Path of a folder' });
  // The first folder is shown, and its path in the field.
  await expect.poll(() => typed.inputValue()).not.toBe('');
  await typed.fill(folder);
  await picker.getByRole('button', { name: 'Open', exact: true }).click();
  await expect.poll(() => picker.innerText()).toContain(path.basename(folder));
  return picker;
}
