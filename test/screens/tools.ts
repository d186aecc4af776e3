import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { inAll, large, looks, main } from './pictures.ts';

const dicom = path.join(import.meta.dirname, '../../../shared/data/dicom');

/** Files of scanners, as they come. */
function layScans(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(dicom).filter((name) => name.endsWith('.dcm'));
  for (const name of files.slice(0, 24)) cpSync(path.join(dicom, name), path.join(folder, name));
}

/** Pictures what is beside the wizard: de-identifying a folder, and the cards of Settings that write files. */
export async function pictureTools(browser: Browser, falx: ServedFalx, home: string): Promise<void> {
  const folder = path.join(tmpdir(), 'falx-screens-clinic');
  const copies = `${folder}-deidentified`;
  clear();
  layScans(folder);
  writeFileSync(path.join(folder, 'notes.txt'), 'no image');
  const { dataset } = await falxJson<{ dataset: { id: string } }>(home, [
    'demo',
    path.join(home, 'scans'),
  ]).then(() => falxJson<{ dataset: { id: string } }>(home, ['import', path.join(home, 'scans')]));
  await falxJson(home, ['check', dataset.id]);
  const { context, page } = await openWindow(browser);
  const seen = { browser, context, page };
  try {
    await page.goto(falx.address);
    await page.getByRole('main').waitFor();
    const choose = async (shown: Page) => {
      await main(shown);
      await shown.getByRole('button', { name: /^(Choose a folder|폴더 선택)$/ }).click();
      const picker = shown.getByRole('dialog');
      const typed = picker.getByRole('textbox').first();
      await shown.waitForFunction(
        (field) => (field as HTMLInputElement).value !== '',
        await typed.elementHandle(),
      );
      await typed.fill(folder);
      await typed.press('Enter');
      await picker.getByText('falx-screens-clinic').first().waitFor();
      await picker.getByRole('button', { name: /^(Choose this folder|이 폴더 선택)/ }).click();
      await shown.getByRole('radio').first().waitFor();
    };
    const card = (title: RegExp) => async (shown: Page) => {
      await shown.getByRole('table').first().waitFor();
      await shown.getByRole('heading', { name: title }).evaluate((heading) => heading.scrollIntoView());
    };
    const screens = [
      { name: 'data-start', route: '/data?add=1', full: main },
      { name: 'deidentify', route: '/data?deidentify=1', full: choose },
      { name: 'records', route: '/settings', full: card(/^(Records|기록)$/) },
      {
        name: 'trail',
        route: '/settings',
        full: async (shown: Page) => {
          await card(/^(Audit trail|감사 기록)$/)(shown);
          await shown.locator('summary', { hasText: /elsewhere|다른 곳/ }).click();
        },
      },
      { name: 'weights', route: '/settings', full: card(/^(Pretrained weights|사전 학습 가중치)$/) },
    ];
    await inAll(seen, screens, looks);
    await inAll(seen, screens.slice(0, 2), large);
    await choose(page).catch(async () => {
      await page.goto(`${new URL(page.url()).origin}/#/data?deidentify=1`);
      await choose(page);
    });
    await page.getByRole('button', { name: 'De-identify', exact: true }).click();
    await page.waitForURL(/deidentified=/);
    const route = new URL(page.url()).hash.slice(1);
    const result = [{ name: 'deidentified', route, full: main }];
    await inAll(seen, result, [...looks, ...large]);
  } finally {
    await context.close();
    clear();
  }

  function clear(): void {
    for (const place of [folder, copies, `${copies}.report.json`, `${copies}.mapping.csv`])
      rmSync(place, { recursive: true, force: true });
  }
}
