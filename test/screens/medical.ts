import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Dataset, Run, Split } from '../../src-main/contract/records.ts';
import { writeClinic } from '../journeys/clinic.ts';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { laySwitched } from '../journeys/switched.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { inAll, looks } from './pictures.ts';

const main = (page: Page): Locator => page.getByRole('main');

/** Takes pictures of a folder of DICOM files with the unreadable ones, one of them enlarged, and of scans whose labels a network contradicts. */
export async function pictureMedical(browser: Browser, falx: ServedFalx, home: string): Promise<void> {
  const [clinic, switched] = ['falx-screens-clinic', 'falx-screens-switched'].map((name) =>
    path.join(tmpdir(), name),
  ) as [string, string];
  for (const folder of [clinic, switched]) rmSync(folder, { recursive: true, force: true });
  const json = <T>(...args: string[]) => falxJson<T>(home, args);
  const imported = async (folder: string, name: string) =>
    (await json<{ dataset: Dataset }>('import', folder, '--name', name)).dataset.id;
  writeClinic(clinic);
  await laySwitched(switched);
  const [dicom, labelled] = [await imported(clinic, 'clinic-dicom'), await imported(switched, 'clinic')];
  await json('check', labelled);
  const { split } = await json<{ split: Split }>('split', labelled, '--use-given');
  const settings = ['--networks', 'mobilenetv2', '--size', '64', '--epochs', '12', '--weights', 'none'];
  const [run] = (await json<{ runs: Run[] }>('train', split.id, ...settings)).runs;
  await json('evaluate', run!.id);
  const { context, page } = await openWindow(browser);
  const seen = { browser, context, page };
  await page.goto(falx.address);
  await page.getByRole('main').waitFor();
  await inAll(
    seen,
    [
      { name: 'data-dicom', route: `/data/${dicom}`, full: refused },
      { name: 'data-dicom-header', route: `/data/${dicom}`, full: header },
      { name: 'check-labels', route: `/check/${labelled}?look=labels`, full: suspects },
    ],
    looks,
  );
  await context.close();
  for (const folder of [clinic, switched]) rmSync(folder, { recursive: true, force: true });
}

async function refused(page: Page): Promise<void> {
  await main(page).locator('summary').first().click();
  await main(page).getByRole('table').waitFor();
}

async function header(page: Page): Promise<void> {
  const images = main(page).getByRole('grid').getByRole('gridcell');
  await images.nth(4).locator('img').waitFor();
  await images.nth(4).click();
  await page.getByRole('dialog').getByRole('img').waitFor();
}

const suspects = (page: Page): Promise<void> =>
  main(page).getByRole('listitem').locator('img').first().waitFor();
