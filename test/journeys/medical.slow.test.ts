import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Split } from '../../src-main/contract/records.ts';
import { writeZip } from '../../src-main/system/zip.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { faultsOf } from './axe.ts';
import { clinic, writeClinic, writeVolumes } from './clinic.ts';
import { dropOn } from './dropped.ts';
import { pickFolder } from './picker.ts';
import { journey } from './journey.ts';

/** Folders of DICOM files and NIfTI volumes, from the import to an answer on a file without an extension. */
const { home, at, open, main, stat, expectNoComplaint } = journey('medical');
const scans = at('clinic');
const volumes = at('volumes');
const perClass = 3;

let page: Page;

beforeAll(async () => {
  writeClinic(scans);
  writeVolumes(volumes, perClass);
  page = await open();
});

const button = (name: string | RegExp): Locator => main().getByRole('button', { name });
const step = (name: RegExp): Promise<void> =>
  page.getByRole('navigation', { name: 'Steps and places' }).getByRole('link', { name }).click();

async function importFolder(folder: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/data?add=1`);
  await button('Choose a folder').click();
  await (await pickFolder(page, folder)).getByRole('button', { name: 'Choose this folder' }).click();
  await main()
    .getByRole('heading', { level: 2, name: path.basename(folder), exact: true })
    .waitFor();
}

/** The header values in the dialog of an enlarged picture. */
const factsIn = async (enlarged: Locator): Promise<Record<string, string>> =>
  Object.fromEntries(
    await enlarged
      .locator('dl > div')
      .evaluateAll((rows) =>
        rows.map((row): [string, string] => [
          row.querySelector('dt')!.innerText,
          row.querySelector('dd')!.innerText,
        ]),
      ),
  );

/** Opens the first picture of a class, and goes on to the one of this name. */
async function enlarge(className: string, name: string): Promise<Locator> {
  await main().getByRole('tab', { name: className }).click();
  const images = main().getByRole('grid', { name: 'Images of the dataset' }).getByRole('gridcell');
  await images.first().locator('img').waitFor();
  await images.first().focus();
  await page.keyboard.press('Enter');
  const enlarged = page.getByRole('dialog');
  const title = enlarged.getByRole('heading').first();
  for (let left = 40; left > 0 && (await title.innerText()) !== name; left -= 1) {
    const before = await title.innerText();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => title.innerText()).not.toBe(before);
  }
  expect(await title.innerText()).toBe(name);
  await expect
    .poll(() => enlarged.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBeGreaterThan(0);
  return enlarged;
}

const certified = async (name: string): Promise<string> =>
  await main()
    .getByRole('region', { name: 'Certificate' })
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .innerText();

/** The figures of a check, which stay open once opened. */
async function showFigures(): Promise<void> {
  const figures = main().locator('summary', { hasText: 'Figures' });
  await figures.waitFor();
  if (!(await figures.evaluate((summary) => (summary.parentElement as HTMLDetailsElement).open)))
    await figures.click();
}

const askAbout = (file: string): Promise<void> =>
  dropOn(page, main().getByRole('group', { name: 'Drop one or more scans here' }), [file]);

/** Waits until all slices have a probability, and the volume its own. @param slices their number, where known */
async function volumeAnswered(slices?: number): Promise<void> {
  await main()
    .getByText(/^Tumour: .* for the volume$/)
    .waitFor();
  const strip = main().getByRole('img', { name: /^Probability of Tumour by slice/ });
  const told = Number(/(\d+) slices/.exec((await strip.getAttribute('aria-label'))!)![1]);
  if (slices === undefined) expect(told).toBeGreaterThan(10);
  else expect(told).toBe(slices);
}

describe('a folder of DICOM files', () => {
  const pictures = 2 * clinic.patients * clinic.slices + clinic.frames;

  test('is imported, with what is written into pictures and what could not be read', async () => {
    await importFolder(scans);
    expect(await stat('Images').innerText()).toContain(String(pictures));
    await main()
      .getByText(
        '1 picture has burned-in annotations, as the DICOM header says (such as “Tumour/P3/IM1.dcm”)',
      )
      .waitFor();
    await main().getByText('1 picture may have burned-in annotations').waitFor();
    await main().locator('summary', { hasText: '3 files were left out' }).click();
    const refused = main().getByRole('table', { name: /reason/ });
    await refused.getByText('film.dcm').waitFor();
    expect(await refused.getByRole('row').allInnerTexts()).toEqual([
      expect.stringContaining('File'),
      expect.stringMatching(/Healthy\/P1\/cut\.dcm.*damaged or incomplete/s),
      expect.stringMatching(/Healthy\/P1\/report\.dcm.*without pixel data/s),
      expect.stringMatching(
        /Tumour\/P1\/film\.dcm.*MPEG2 Main Profile \/ Main Level, 1\.2\.840\.10008\.1\.2\.4\.100/s,
      ),
    ]);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('shows what the header says of a picture, and names no one', async () => {
    const enlarged = await enlarge('Tumour', 'Tumour/P2/IM1');
    expect(await factsIn(enlarged)).toMatchObject({
      Modality: 'MR',
      'Field strength (T)': '1.5',
      'Pixel spacing (mm)': '1.75 × 1.75',
      'Transfer syntax': 'Explicit VR Little Endian',
    });
    expect(await enlarged.innerText()).not.toMatch(/Doe|41002/);
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    const frame = await enlarge('Healthy', 'Healthy/frames.dcm · frame 2');
    expect(await factsIn(frame)).toMatchObject({ Frame: '2', Frames: '3' });
    await page.keyboard.press('Escape');
  });

  test('is checked, and its patients are counted', async () => {
    await button('Check').click();
    await button('Check this dataset').click();
    await showFigures();
    await expect.poll(() => stat('Patients').innerText()).toContain('9');
    expect(await stat('Patients').innerText()).toContain(`of ${pictures} images`);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('is split by patient, as nobody need ask for', async () => {
    await main().getByRole('link', { name: 'Split', exact: true }).click();
    const byPatient = main().getByRole('radio', { name: 'Patient', exact: true });
    expect(await byPatient.isChecked()).toBe(true);
    await main().getByText(`9 patients, known for ${pictures} images; twins stay together too.`).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await button('Create the split').click();
    expect(await certified('Patients in more than one set')).toBe('0');
    expect(await certified('Twins across sets')).toBe('0');
  });

  test('is asked about by a file without an extension, which “All files” shows', async () => {
    const { splits } = await falxJson<{ splits: Split[] }>(home, ['show', 'clinic']);
    const small = ['--networks', 'mobilenetv2', '--size', '32', '--batch', '8', '--epochs', '1'];
    const { runs } = await falxJson<{ runs: { id: string }[] }>(home, [
      'train',
      splits[0]!.id,
      ...small,
      '--weights',
      'none',
    ]);
    await falxJson(home, ['evaluate', runs[0]!.id]);
    await page.reload();
    await step(/Predict/);
    await button('Choose scans').click();
    const picker = await pickFolder(page, path.join(scans, 'Tumour', 'P2'));
    await picker.getByText('All 3 files in this folder are of another type.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await picker.getByRole('checkbox', { name: 'All files' }).check();
    await picker.getByRole('option', { name: 'IM1' }).click();
    await picker.getByRole('button', { name: 'Choose 1 file' }).click();
    const answer = main().getByRole('region', { name: 'Answer on IM1' });
    await answer
      .getByText(/^(Tumour|Healthy)$/)
      .first()
      .waitFor();
  });

  test('a file of frames gets an answer a frame, and one as a whole', async () => {
    await askAbout(path.join(scans, 'Healthy', 'frames.dcm'));
    await volumeAnswered(clinic.frames);
    // The middle one is shown first.
    await main().getByRole('region', { name: 'Answer on frames.dcm · frame 2' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('no slice is seen under the name of another one, whose picture is late', async () => {
    let held: Route[] | null = [];
    await page.route('**/picture/scan/**', (route) => (held ? void held.push(route) : route.continue()));
    const release = async (): Promise<void> => {
      const routes = held ?? [];
      held = null;
      for (const route of routes) await route.continue();
    };
    const opacityOf = (picture: Locator): Promise<string> =>
      picture.evaluate((element) => getComputedStyle(element).opacity);
    const answer = (frame: number): Locator =>
      main().getByRole('region', { name: `Answer on frames.dcm · frame ${frame}` });
    await main().getByRole('slider', { name: 'Slice' }).press('ArrowRight');
    await expect.poll(() => opacityOf(answer(3).locator('img').first())).toBe('0');
    const mapped = main().getByRole('region', { name: 'Where it looked' }).locator('img');
    await expect.poll(() => opacityOf(mapped)).toBe('0');
    await release();
    await expect.poll(() => opacityOf(answer(3).locator('img').first())).toBe('1');
    await expect.poll(() => opacityOf(mapped)).toBe('1');

    await button('Open the viewer').click();
    const viewer = page.getByRole('dialog');
    const canvas = viewer.locator('canvas');
    await expect.poll(() => canvas.evaluate(({ width }: HTMLCanvasElement) => width)).not.toBe(300);
    held = [];
    await viewer.getByRole('application').press('ArrowUp');
    await viewer.getByRole('heading', { name: 'frames.dcm · frame 2' }).waitFor();
    await expect.poll(() => opacityOf(canvas)).toBe('0');
    await release();
    await expect.poll(() => opacityOf(canvas)).toBe('1');
    await page.unroute('**/picture/scan/**');
    await page.keyboard.press('Escape');
  });

  test('a series of a file a slice gets an answer as a whole, too, and its slices are gone through in their order', async () => {
    await button('Choose a folder').click();
    const picker = await pickFolder(page, path.join(scans, 'Tumour', 'P2'));
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    await volumeAnswered(clinic.slices);
    await main().getByRole('region', { name: 'Answer on IM1' }).waitFor();
    // The middle one of the three that the answer is the mean of.
    await main().getByRole('button', { name: 'Show slice 2' }).click();
    await main().getByRole('region', { name: 'Answer on IM2' }).waitFor();
    await main().getByRole('slider', { name: 'Slice' }).press('ArrowRight');
    await main().getByRole('region', { name: 'Answer on IM3' }).waitFor();
    await main()
      .getByRole('table', { name: /^3 scans$/ })
      .waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a zip archive of a series is answered as the folder is, and one without scans says so', async () => {
    const [archive, none] = [at('P2.zip'), at('none.zip')];
    const names = ['IM1', 'IM2', 'IM3'].map((name) => `P2/${name}`);
    await writeZip(
      archive,
      names.map((name) => ({ name, file: path.join(scans, 'Tumour', name) })),
    );
    await writeZip(none, [{ name: 'letter.txt', text: 'Dear colleague, the scan is attached.' }]);
    await askAbout(archive);
    await main()
      .getByRole('table', { name: /^3 scans$/ })
      .waitFor();
    await volumeAnswered(clinic.slices);
    await askAbout(none);
    await page
      .getByRole('region', { name: 'Notices' })
      .getByText('There are no scans in none.zip', { exact: false })
      .waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a volume gets an answer a slice, the most suspicious ones a press away', async () => {
    await askAbout(path.join(volumes, 'Tumour', 'head-1.nii.gz'));
    await main()
      .getByRole('region', { name: /^Answer on head-1/ })
      .waitFor();
    await volumeAnswered();
    await main()
      .getByRole('button', { name: /^Slice \d+, \d/ })
      .first()
      .click();
    await main()
      .getByRole('region', { name: /^Answer on head-1\.nii\.gz · axial slice \d+$/ })
      .waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a text file is told to be one', async () => {
    const letter = at('letter.txt');
    writeFileSync(letter, 'Dear colleague, the scan is attached.\n');
    await askAbout(letter);
    const answer = main().getByRole('region', { name: 'Answer on letter.txt' });
    await answer.getByRole('alert').getByText('“letter.txt” is not an image', { exact: false }).waitFor();
    await answer.getByRole('alert').getByText('it holds text', { exact: false }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });
});

describe('a folder of NIfTI volumes', () => {
  test('is imported slice by slice, each with its place and what the header says', async () => {
    await importFolder(volumes);
    const enlarged = await enlarge('Healthy', 'Healthy/head-1.nii.gz · axial slice 17');
    expect(await factsIn(enlarged)).toMatchObject({
      Plane: 'axial',
      Slice: '17',
      Voxels: '96 × 96 × 34',
      'Voxel size': '1 × 1 × 1 mm',
    });
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
  });

  test('counts each volume as a patient, and slices side by side not as twins', async () => {
    await button('Check').click();
    await button('Check this dataset').click();
    await showFigures();
    await expect.poll(() => stat('Patients').innerText()).toContain(String(2 * perClass));
    await main().getByText('No twins').waitFor();
  });

  test('is split with each volume whole', async () => {
    await main().getByRole('link', { name: 'Split', exact: true }).click();
    await button('Create the split').click();
    expect(await certified('Groups')).toMatch(new RegExp(`^${2 * perClass}, `));
    expect(await certified('Patients in more than one set')).toBe('0');
  });
});

test('nothing complained', expectNoComplaint);
