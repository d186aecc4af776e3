import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Navigates the open picker to a folder by its path. @param picker where another dialog is open below it. @returns the picker, showing the folder. */
export async function pickFolder(
  page: Page,
  folder: string,
  picker = page.getByRole('dialog'),
): Promise<Locator> {
  const typed = picker.getByRole('textbox', { name: 'Path of a folder' });
  // Wait for the first folder and its path in the field.
  await expect.poll(() => typed.inputValue()).not.toBe('');
  await typed.fill(folder);
  await picker.getByRole('button', { name: 'Open', exact: true }).click();
  await expect.poll(() => picker.innerText()).toContain(path.basename(folder));
  return picker;
}
