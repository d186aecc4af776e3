import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** What a page can create files from. */
export const sent = (files: readonly string[]) =>
  files.map((file) => ({ name: path.basename(file), base64: readFileSync(file).toString('base64') }));

/** Drops files on an element, as from a file manager. */
export async function dropOn(page: Page, onto: Locator, files: readonly string[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of files) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, sent(files));
  await onto.dispatchEvent('drop', { dataTransfer });
}
