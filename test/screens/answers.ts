import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Dataset, Run, Split } from '../../src-main/contract/records.ts';
import { writePhotograph, writeVolumes } from '../journeys/clinic.ts';
import { dropOn } from '../journeys/dropped.ts';
import { openWindow } from '../journeys/journey-window.ts';
import type { ServedFalx } from '../journeys/served-journey.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { drawHead, framesFile, seriesFiles, writeHeads } from './heads.ts';
import { inAll, large, looks } from './pictures.ts';

/** Files of each class that a model is trained on: enough for an error rate to be promised. */
const FILES = 48;
/** Of the DICOM files that are learnt from, and of those that are asked about, which no model has seen. */
const [KNOWN, UNSEEN] = [11, 2026];

/** Pictures the answer to each kind of file: DICOM with frames and as a series, a volume, a photograph, a text file. */
export async function pictureAnswers(browser: Browser, falx: ServedFalx, home: string): Promise<void> {
  const folder = path.join(tmpdir(), 'falx-screens-files');
  rmSync(folder, { recursive: true, force: true });
  const [frames, photograph, letter] = ['head.dcm', 'lunch.jpg', 'letter.txt'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const json = <T>(...args: string[]) => falxJson<T>(home, args);
  // Each model is trained on files like the one that it is asked about.
  const volumes = path.join(home, 'volumes');
  writeVolumes(volumes, FILES + 1);
  for (const name of ['Healthy', 'Tumour']) {
    const last = `head-${FILES + 1}.nii.gz`;
    mkdirSync(path.join(folder, name), { recursive: true });
    renameSync(path.join(volumes, name, last), path.join(folder, name, 'head.nii.gz'));
  }
  const dicom = path.join(home, 'dicom');
  writeHeads(dicom, FILES, KNOWN);
  const { levels } = drawHead(UNSEEN, 'unseen', true);
  writeFileSync(frames, framesFile(levels, 'unseen'));
  const series = seriesFiles(levels, 'unseen').map((content, at) => {
    const file = path.join(folder, `IM${String(at + 1).padStart(3, '0')}`);
    writeFileSync(file, content);
    return file;
  });
  await writePhotograph(photograph);
  writeFileSync(letter, 'Dear colleague, the scan is attached.\n');
  const trained = async (of: string): Promise<string> => {
    const { dataset } = await json<{ dataset: Dataset }>('import', of, '--slices', '8');
    const { split } = await json<{ split: Split }>('split', dataset.id, '--validation', '0.25');
    const settings = ['--networks', 'mobilenetv2', '--size', '64', '--epochs', '12', '--weights', 'none'];
    const [run] = (await json<{ runs: Run[] }>('train', split.id, ...settings)).runs;
    await json('evaluate', run!.id);
    return run!.id;
  };
  const [ofVolumes, ofDicom] = [await trained(volumes), await trained(dicom)];
  const { context, page } = await openWindow(browser);
  await page.goto(falx.address);
  await page.getByRole('main').waitFor();
  const answered =
    (run: string, files: readonly string[], said: RegExp, further?: (page: Page) => Promise<void>) =>
    async (page: Page): Promise<void> => {
      const main = page.getByRole('main');
      // Where the picture before was scrolled to, its window stays.
      await main.getByRole('heading', { level: 1 }).evaluate((heading) => heading.scrollIntoView());
      const model = main.getByRole('combobox', { name: /^(Model in use|사용 중인 모델)$/ });
      await model.selectOption(run);
      await dropOn(page, main.getByRole('group').first(), files);
      await main.getByRole('region', { name: path.basename(files[0]!) }).waitFor();
      await main.getByText(said).first().waitFor();
      await further?.(page);
    };
  const volume = /( for the volume$|^볼륨 전체)/;
  const refused = /(No answer|답 없음)/;
  const text = /(holds text|텍스트)/;
  await inAll(
    { browser, context, page },
    [
      { name: 'predict-frames', full: answered(ofDicom, [frames], volume) },
      { name: 'predict-slices', full: answered(ofDicom, [frames], volume, slicesAndMap) },
      { name: 'predict-series', full: answered(ofDicom, series, volume, slicesAndMap) },
      {
        name: 'predict-volume',
        full: answered(ofVolumes, [path.join(folder, 'Tumour', 'head.nii.gz')], volume),
      },
      { name: 'predict-photograph', full: answered(ofDicom, [photograph], refused) },
      { name: 'predict-text', full: answered(ofDicom, [letter], text) },
    ].map((screen) => ({ ...screen, route: '/predict' })),
    [looks[0]!, looks[3]!, ...large],
  );
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Scrolls to the strip of slices, with the map below it, once that was made and tested. */
async function slicesAndMap(page: Page): Promise<void> {
  const main = page.getByRole('main');
  await main
    .getByRole('button', { name: /^(Slice \d+, |\d+번 단면, )/ })
    .first()
    .click();
  // Where the maps of so small a model are no evidence, that is told instead.
  await main
    .locator('canvas')
    .or(main.getByText(/^(Not shown as evidence|근거로 표시하지 않음)/))
    .first()
    .waitFor();
  await page.waitForFunction(() => document.querySelector('main [role=progressbar]') === null);
  await main
    .getByRole('heading', { name: /^(The volume’s slices|볼륨의 단면)/ })
    .evaluate((heading) => heading.scrollIntoView());
}
