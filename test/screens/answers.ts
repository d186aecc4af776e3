import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Dataset, Run, Split } from '../../src-main/contract/records.ts';
import { writeClinic, writePhotograph, writeVolumes } from '../journeys/clinic.ts';
import { dropOn } from '../journeys/dropped.ts';
import { openWindow } from '../journeys/journey-window.ts';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { inAll, large, looks } from './pictures.ts';

/** Per class. */
const VOLUMES = 48;

/** Takes pictures of the answer to each kind of file: DICOM with frames, a volume, a photograph, a text file. */
export async function pictureAnswers(browser: Browser, falx: ServedFalx, home: string): Promise<void> {
  const folder = path.join(tmpdir(), 'falx-screens-files');
  rmSync(folder, { recursive: true, force: true });
  const [scans, photograph, letter] = ['clinic', 'lunch.jpg', 'letter.txt'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const json = <T>(...args: string[]) => falxJson<T>(home, args);
  writeClinic(scans);
  // Trained on volumes like the one to be predicted, enough of them for a guaranteed error rate.
  const known = path.join(home, 'heads');
  writeVolumes(known, VOLUMES + 1);
  for (const name of ['Healthy', 'Tumour']) {
    const last = `head-${VOLUMES + 1}.nii.gz`;
    mkdirSync(path.join(folder, name), { recursive: true });
    renameSync(path.join(known, name, last), path.join(folder, name, 'head.nii.gz'));
  }
  await writePhotograph(photograph);
  writeFileSync(letter, 'Dear colleague, the scan is attached.\n');
  const { dataset } = await json<{ dataset: Dataset }>('import', known, '--slices', '8');
  const { split } = await json<{ split: Split }>('split', dataset.id, '--validation', '0.25');
  const settings = ['--networks', 'mobilenetv2', '--size', '64', '--epochs', '12', '--weights', 'none'];
  const [run] = (await json<{ runs: Run[] }>('train', split.id, ...settings)).runs;
  await json('evaluate', run!.id);
  const { context, page } = await openWindow(browser);
  await page.goto(falx.address);
  await page.getByRole('main').waitFor();
  const answered =
    (file: string, said: RegExp) =>
    async (page: Page): Promise<void> => {
      const main = page.getByRole('main');
      await dropOn(page, main.getByRole('group').first(), [file]);
      await main.getByRole('region', { name: path.basename(file) }).waitFor();
      await main.getByText(said).first().waitFor();
    };
  const volume = /( for the volume$|^볼륨 전체)/;
  const shown: [string, string, RegExp][] = [
    ['predict-frames', path.join(scans, 'Healthy', 'frames.dcm'), volume],
    ['predict-volume', path.join(folder, 'Tumour', 'head.nii.gz'), volume],
    ['predict-photograph', photograph, /(No answer|답 없음)/],
    ['predict-text', letter, /(holds text|텍스트)/],
  ];
  await inAll(
    { browser, context, page },
    shown.map(([name, file, said]) => ({ name, route: '/predict', full: answered(file, said) })),
    [looks[0]!, looks[3]!, ...large],
  );
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}
