import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { electronProgram, hasDisplay } from '../../build/setup/setup-electron.mjs';
import { provideBuild } from '../../build/stale.mjs';
import type { Prediction, Run } from '../../src-main/contract/records.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { greeted } from './greeted.ts';
import { mouse } from './hands.ts';
import {
  awaitModels,
  checkThem,
  compareThem,
  drawSamples,
  seeEpoch,
  splitThem,
  startTraining,
  type Walk,
} from './walk.ts';

/** The same journey as in a browser, in Electron's own window, wherever its program is installed. */
const program = electronProgram();
const missing =
  program === undefined
    ? 'Electron’s program is not installed here ("npm run setup" fetches it where it can be reached)'
    : !hasDisplay()
      ? 'there is no display here (xvfb-run makes one)'
      : process.getuid?.() === 0
        ? 'Electron’s sandbox can’t be set up by root'
        : null;
if (missing !== null) console.warn(`The desktop’s journey is left out: ${missing}.`);

// Where it must be tested, as in a forge's workflow, skipping it is an error.
test.runIf(process.env['FALX_REQUIRE_ELECTRON'] === '1')('Electron can be run here', () =>
  expect(missing).toBeNull(),
);

describe.skipIf(missing !== null)('in the desktop’s window', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'falx-desktop-'));
  const home = path.join(place, 'home');
  const complaints: string[] = [];
  let app: ElectronApplication;
  let page: Page;
  let walk: Walk;

  const launch = () =>
    _electron.launch({
      executablePath: program!,
      args: [path.join(import.meta.dirname, '../..')],
      env: { ...(process.env as Record<string, string>), FALX_HOME: home },
    });

  beforeAll(async () => {
    await provideBuild(process.execPath, ['main', 'preload', 'renderer']);
    greeted(home);
    app = await launch();
    page = await app.firstWindow();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    walk = { page, hand: mouse, small: { imageSize: 64, epochs: 2 } };
  });
  afterAll(async () => {
    await app?.close();
    rmSync(place, { recursive: true, force: true });
  });

  test('the page is Falx’s, and has nothing of Node', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toMatch(/^falx:\/\/app\//);
    expect(
      await page.evaluate(() => ({
        bridge: Object.keys((globalThis as { falx?: object }).falx ?? {}).toSorted(),
        node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
      })),
    ).toEqual({ bridge: ['notify', 'openFolder', 'pathForFile', 'pickFiles', 'pickFolder'], node: [] });
  });

  test('it goes nowhere, and runs no text as code', async () => {
    expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
    await page.evaluate(() => void (location.href = 'https://example.com/'));
    expect(page.url()).toMatch(/^falx:\/\/app\//);
    await expect(page.evaluate(() => eval('1') as number)).rejects.toThrow(
      /Content Security Policy|unsafe-eval/,
    );
    complaints.length = 0;
  });

  test('a second start brings the first one’s window forward', async () => {
    const second = await launch().catch(() => null);
    await second?.close().catch(() => undefined);
    expect(app.windows()).toHaveLength(1);
  });

  test('sample scans, three trained models, and the answer that the command line gives', async () => {
    await drawSamples(walk);
    await checkThem(walk);
    await splitThem(walk);
    await startTraining(walk);
    await seeEpoch(walk);
    await awaitModels(walk);
    await compareThem(walk);

    const { runs } = await falxJson<{ runs: Run[] }>(home, ['runs']);
    const chosen = runs.find(({ network }) => network === 'densenet121')!;
    const scan = readdirSync(home, { recursive: true, encoding: 'utf8' }).find((file) =>
      file.endsWith('.png'),
    )!;
    const file = path.join(home, scan);
    // The system's dialog is not a page, and can't be clicked.
    await app.evaluate(({ dialog }, chosenFile) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosenFile] });
    }, file);
    await page
      .getByRole('link', { name: /Predict/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Choose scans' }).click();
    const answer = page.getByRole('region', { name: `Answer on ${path.basename(file)}` });
    await answer.getByRole('meter').first().waitFor();
    const shown = Number(await answer.getByRole('meter').first().getAttribute('data-probability'));
    const { predictions } = await falxJson<{ predictions: Prediction[] }>(home, ['predict', chosen.id, file]);
    expect(Math.abs(shown - predictions[0]!.probability!)).toBeLessThanOrEqual(1e-6);
  });

  test('nothing complained', () => {
    expect(complaints).toEqual([]);
  });
});
