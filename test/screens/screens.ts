import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { openChromium } from '../browser.ts';
import { mouse } from '../journeys/hands.ts';
import { serveFalx } from '../journeys/served.ts';
import {
  awaitModels,
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
import { openWindow, type Look } from '../journeys/window.ts';

/**
 * `npm run screens`: walks the wizard on made-up scans and pictures every screen for docs/screens, in both themes and
 * both languages at 1280 × 800, and some at 1920 × 1080. Takes three to four minutes on two cores.
 */

const target = path.join(import.meta.dirname, '..', '..', 'docs', 'screens');

const looks: Required<Look>[] = (['en', 'ko'] as const).flatMap((language) =>
  (['light', 'dark'] as const).map((theme) => ({ language, theme, width: 1280, height: 800 })),
);
const large: Required<Look>[] = [
  { language: 'en', theme: 'light', width: 1920, height: 1080 },
  { language: 'ko', theme: 'dark', width: 1920, height: 1080 },
];

type Shown = {
  name: string;
  /** After the `#`. */
  route: string;
  /** What must be there before the picture is taken. */
  full: (page: Page) => Promise<void>;
};

/** Seen in the pictures: a path that says nothing of the machine they were made on. */
const home = path.join(tmpdir(), 'falx-screens');

async function picture(browser: Browser): Promise<void> {
  const { page, context } = await openWindow(browser);
  const walk = { page, hand: mouse, small: { imageSize: 64, epochs: 10 } };
  await page.goto(falx.address);
  await page.getByRole('button', { name: 'Try with sample scans' }).waitFor();
  await inAll(context, page, [{ name: 'start', route: '/data', full: main }], looks);
  await drawSamples(walk);
  await splitThem(walk);
  const train = routeOf(page);
  await startTraining(walk);
  await seeEpoch(walk);
  await inAll(context, page, [{ name: 'train', route: train, full: underWay }], [...looks, ...large]);
  await allTrained();
  await awaitModels(walk);
  await compareThem(walk);
  const compare = routeOf(page);
  const { folder, name } = tumour();
  await predictScan(walk, folder, name);
  const screens: Shown[] = [
    { name: 'data', route: '/data', full: pictures },
    { name: 'split', route: '/split', full: main },
    { name: 'compare', route: compare, full: plot },
    { name: 'predict', route: '/predict', full: (page) => askAgain(page, name) },
    { name: 'settings', route: '/settings', full: checked },
  ];
  await inAll(context, page, screens, looks);
  await inAll(
    context,
    page,
    screens.filter((screen) => ['data', 'compare', 'predict'].includes(screen.name)),
    large,
  );
  const runs: Shown[] = [
    { name: 'run', route: await describe(walk), full: plot },
    { name: 'runs', route: '/runs', full: (page) => page.getByRole('table').first().waitFor() },
  ];
  await inAll(context, page, runs, looks);
  await inAll(context, page, runs.slice(0, 1), large);
}

/** Until then the window offers to compare those that are done. */
async function allTrained(): Promise<void> {
  for (;;) {
    const { runs } = await falxJson<{ runs: Run[] }>(home, ['runs']);
    if (runs.every(({ status }) => status === 'done')) return;
    const failed = runs.find(({ status }) => status === 'failed' || status === 'interrupted');
    if (failed) throw new Error(`${failed.network}: ${failed.error}`);
    await setTimeout(5000);
  }
}

/** The hash of where the window is. */
const routeOf = (page: Page): string => new URL(page.url()).hash.slice(1);

/** Pictures screens in several looks. The window they are of gives Falx up meanwhile, and takes it back. */
async function inAll(
  from: BrowserContext,
  first: Page,
  screens: readonly Shown[],
  wanted: readonly Required<Look>[],
): Promise<void> {
  const here = first.url();
  const selection = await first.evaluate(() => ({ ...localStorage }));
  await first.goto('about:blank');
  for (const look of wanted) {
    const { context, page, complaints } = await openWindow(browser, look);
    await context.addCookies(await from.cookies());
    await context.addInitScript((kept: Record<string, string>) => {
      for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
    }, selection);
    for (const { name, route, full } of screens) {
      await page.goto(`${new URL(here).origin}/#${route}`);
      await full(page);
      await settled(page);
      const file = path.join(target, `${name}-${look.theme}-${look.language}-${look.width}.png`);
      await sharp(await page.screenshot())
        .png({ palette: true, quality: 92, effort: 10 })
        .toFile(file);
      process.stderr.write(`${path.basename(file)}\n`);
    }
    await context.close();
    if (complaints.length > 0) throw new Error(`${look.language} ${look.theme}: ${complaints.join('\n')}`);
  }
  await first.goto(here);
}

/** Gives a run words of its own, as people do. @returns the route to it */
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

/** Fonts and pictures are there, nothing has the focus, no notice lies above, and nothing moves any more. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    await document.fonts.ready;
  });
  for (const close of await page
    .getByRole('region', { name: /^(Notices|알림)$/ })
    .getByRole('button', { name: /^(Close|닫기)$/ })
    .all())
    await close.click();
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete || image.loading === 'lazy'),
  );
  await page.waitForTimeout(600);
}

const main = (page: Page): Promise<void> => page.getByRole('heading', { level: 1 }).first().waitFor();
const plot = (page: Page): Promise<void> => page.locator('.js-plotly-plot .trace').first().waitFor();
/** Steps are being made, rather than a network being loaded or tested. */
async function underWay(page: Page): Promise<void> {
  await plot(page);
  const pause = page.locator('main button:enabled', { hasText: /^\s*(Pause|일시정지)\s*$/ });
  await pause.waitFor({ timeout: 60_000 });
}
const pictures = (page: Page): Promise<void> => page.getByRole('main').getByRole('img').first().waitFor();
const checked = (page: Page): Promise<void> =>
  page
    .getByText(/AMD|Intel|CPU/)
    .first()
    .waitFor();

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

mkdirSync(target, { recursive: true });
rmSync(home, { recursive: true, force: true });
const falx = await serveFalx(home);
const browser = await openChromium();
try {
  await picture(browser);
} finally {
  await browser.close();
  await falx.stop();
  rmSync(home, { recursive: true, force: true });
}
