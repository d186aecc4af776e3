import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { takeLock } from '../../src-main/system/lock-file.ts';
import { openChromium } from '../browser.ts';
import { mouse } from '../journeys/hands.ts';
import { serveFalx } from '../journeys/served-journey.ts';
import {
  awaitModels,
  checkThem,
  compareThem,
  drawSamples,
  predictScan,
  seeEpoch,
  splitThem,
  startTraining,
  type Walk,
} from '../journeys/walk.ts';
import { falxJson } from '../shells/cli/falx.ts';
import type { Run } from '../../src-main/contract/records.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { pictureAnswers } from './answers.ts';
import { pictureCheck } from './check.ts';
import { pictureDevices } from './devices.ts';
import { pictureFirst } from './first.ts';
import { pictureGpu } from './gpu.ts';
import { pictureMedical } from './medical.ts';
import { pictureTools } from './tools.ts';
import { inAll, large, looks, main, plot, routeOf, type Shown } from './pictures.ts';

/**
 * `npm run screens`: walks through the wizard on synthetic scans and takes a picture of every screen for docs/screens, in both
 * themes and both languages at 1280 × 800, and of some at 1920 × 1080. Takes five minutes on two cores. `npm run screens -- check`
 * takes only the check, on scans with planted twins; `-- first` the first steps, `-- medical` DICOM files and doubtful labels,
 * `-- answers` the answers to each kind of file, `-- gpu` GPU support in its states, `-- tools` de-identification and the files
 * that Settings writes.
 */

/** Visible in the pictures: a path without details of the machine. */
const home = path.join(tmpdir(), 'falx-screens');

async function picture(browser: Browser): Promise<void> {
  const { page, context } = await openWindow(browser);
  const seen = { browser, context, page };
  const walk = { page, hand: mouse, small: { imageSize: 64, epochs: 10 } };
  await page.goto(falx.address);
  await page.getByRole('button', { name: 'Try with sample scans' }).waitFor();
  await inAll(seen, [{ name: 'start', route: '/data', full: main }], looks);
  await drawSamples(walk);
  await checkThem(walk);
  await splitThem(walk);
  const train = routeOf(page);
  await startTraining(walk);
  await seeEpoch(walk);
  await inAll(seen, [{ name: 'train', route: train, full: underWay }], [...looks, ...large]);
  await allTrained();
  await awaitModels(walk);
  await compareThem(walk);
  const compare = routeOf(page);
  const { folder, name } = tumour();
  await predictScan(walk, folder, name);
  const screens: Shown[] = [
    { name: 'data', route: '/data', full: pictures },
    { name: 'split', route: '/split', full: main },
    { name: 'compare', route: compare, full: judged },
    { name: 'predict', route: '/predict', full: (page) => askAgain(page, name) },
    { name: 'settings', route: '/settings', full: checked },
    { name: 'about', route: '/settings', full: about },
  ];
  await inAll(seen, screens, looks);
  await inAll(
    seen,
    screens.filter((screen) => ['data', 'compare', 'predict'].includes(screen.name)),
    large,
  );
  const runs: Shown[] = [
    { name: 'run', route: await describe(walk), full: plot },
    { name: 'runs', route: '/runs', full: (page) => page.getByRole('table').first().waitFor() },
  ];
  await inAll(seen, runs, looks);
  await inAll(seen, runs.slice(0, 1), large);
}

/** Until then the window offers to compare the finished ones. */
async function allTrained(): Promise<void> {
  for (;;) {
    const { runs } = await falxJson<{ runs: Run[] }>(home, ['runs']);
    if (runs.every(({ status }) => status === 'done')) return;
    const failed = runs.find(({ status }) => status === 'failed' || status === 'interrupted');
    if (failed) throw new Error(`${failed.network}: ${failed.error}`);
    await setTimeout(5000);
  }
}

/** Gives a run a name, tags and notes. @returns its address */
async function describe({ page, hand }: Walk): Promise<string> {
  const main = page.getByRole('main');
  await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
  await main.getByRole('row', { name: /DenseNet121/ }).click();
  await hand.write(main.getByRole('textbox', { name: 'Name', exact: true }), 'Small images, first try');
  await hand.write(main.getByRole('combobox', { name: 'Add a tag' }), 'baseline');
  await hand.press(main.getByRole('button', { name: 'Add a tag' }));
  await hand.write(
    main.getByRole('textbox', { name: 'Notes' }),
    'Sample scans at 64 px. To do: the same with ImageNet weights.',
  );
  await main.getByText('Saved', { exact: true }).waitFor();
  return routeOf(page);
}

/** Steps are being made, rather than a network being loaded or tested. */
async function underWay(page: Page): Promise<void> {
  await plot(page);
  const pause = page.locator('main button:enabled', { hasText: /^\s*(Pause|일시정지)\s*$/ });
  await pause.waitFor({ timeout: 60_000 });
}
const pictures = (page: Page): Promise<void> => page.getByRole('main').getByRole('img').first().waitFor();
const checked = async (page: Page): Promise<void> => {
  await page
    .getByText(/AMD|Intel|CPU/)
    .first()
    .waitFor();
  await loaded(page);
};
/** What takes a while is there. */
const loaded = (page: Page): Promise<void> =>
  page.waitForFunction(() => document.querySelector('main .loading') === null).then(() => undefined);
/** The test set has been drawn anew, so that its intervals are there. */
async function judged(page: Page): Promise<void> {
  await plot(page);
  await loaded(page);
}

/** The end of Settings. */
async function about(page: Page): Promise<void> {
  await checked(page);
  await page
    .getByRole('heading', { name: /^(About Falx|Falx 정보)$/ })
    .evaluate((title) => title.scrollIntoView());
}

/** Shows the answer on a scan of the history once more. */
async function askAgain(page: Page, name: string): Promise<void> {
  await page
    .getByRole('main')
    .getByRole('button', { name: new RegExp(name.replaceAll('.', '\\.')) })
    .first()
    .click();
  await page.getByRole('meter').first().waitFor();
}

/** One of the sample scans with a lesion. */
function tumour(): { folder: string; name: string } {
  const root = path.join(home, 'demo');
  const scans = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const scan = scans.find((file) => /Tumour.*\.png$/.test(file) && existsSync(path.join(root, file)));
  if (scan === undefined) throw new Error(`no sample scan of a tumour in ${root}`);
  const file = path.join(root, scan);
  return { folder: path.dirname(file), name: path.basename(file) };
}

// The pictures show these paths, so that they are always the same: another run has its own with another TMPDIR.
const release = takeLock(`${home}.lock`);
if (release === null)
  throw new Error(`${home} is in use by another “npm run screens”: set TMPDIR to another folder`);
rmSync(home, { recursive: true, force: true });
const parts = {
  first: pictureFirst,
  walk: picture,
  check: pictureCheck,
  medical: pictureMedical,
  answers: pictureAnswers,
  gpu: pictureGpu,
  devices: pictureDevices,
  tools: pictureTools,
};
const asked = Object.keys(parts).filter((part) => process.argv.includes(part));
let falx = await serveFalx(home, {}, { first: asked.length === 0 || asked.includes('first') });
const browser = await openChromium();
try {
  for (const [part, work] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(part)) continue;
    await work(browser, falx, home);
    // Its address has let a window in, and lets in no other.
    await falx.stop();
    falx = await serveFalx(home);
  }
} finally {
  await browser.close();
  await falx.stop();
  rmSync(home, { recursive: true, force: true });
  release();
}
