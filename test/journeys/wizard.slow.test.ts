import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Prediction, Run } from '../../src-main/contract/records.ts';
import { openChromium } from '../browser.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { mouse } from './hands.ts';
import { aSampleScan, serveFalx, type ServedFalx } from './served-journey.ts';
import {
  awaitModels,
  checkThem,
  compareThem,
  curves,
  drawSamples,
  predictScan,
  progress,
  seeEpoch,
  splitThem,
  startTraining,
  type Walk,
} from './walk.ts';
import { leaveTrace, openWindow, type OpenWindow } from './journey-window.ts';

/** A newcomer's way in a browser, from an empty home to an answer, by clicks alone. */
const place = mkdtempSync(path.join(tmpdir(), 'falx-wizard-'));
const home = path.join(place, 'home');

let falx: ServedFalx;
let browser: Browser;
let window: OpenWindow;
let walk: Walk;

beforeAll(async () => {
  [falx, browser] = await Promise.all([serveFalx(home), openChromium()]);
  window = await openWindow(browser);
  walk = { page: window.page, hand: mouse, small: { imageSize: 64, epochs: 4 } };
});
afterAll(async () => {
  await browser?.close();
  await falx?.stop();
  rmSync(place, { recursive: true, force: true });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await leaveTrace(window.page, home, task.name);
});

describe('by clicks alone', () => {
  test('the printed address opens an empty Falx', async () => {
    await window.page.goto(falx.address);
    await expect.poll(() => window.page.title()).toBe('Data – Falx');
    expect(window.page.url()).not.toContain('token');
  });

  test('“Try with sample scans” makes a dataset, and it is checked and split', async () => {
    await drawSamples(walk);
    await checkThem(walk);
    await splitThem(walk);
  });

  test('three networks are trained, and a reload in the middle loses nothing', async () => {
    const { page } = window;
    await startTraining(walk);
    await seeEpoch(walk);
    const before = await epochsShown();
    await page.reload();
    await progress(page).waitFor();
    expect(before).toBeGreaterThan(0);
    await expect.poll(epochsShown).toBeGreaterThanOrEqual(before);
    const { runs } = await falxJson<{ runs: Run[] }>(home, ['runs']);
    expect(runs.map(({ network }) => network)).toEqual(['mobilenetv2', 'densenet121', 'resnet50']);
    await awaitModels(walk);
  });

  test('they are compared, one is taken, and it answers as the command line does', async () => {
    await compareThem(walk);
    const { runs } = await falxJson<{ runs: Run[] }>(home, ['runs']);
    expect(runs.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    const chosen = runs.find(({ network }) => network === 'densenet121')!;
    const { folder, name } = aSampleScan(home);
    const shown = await predictScan(walk, folder, name);
    const { predictions } = await falxJson<{ predictions: Prediction[] }>(home, [
      'predict',
      chosen.id,
      path.join(folder, name),
    ]);
    expect(Math.abs(shown - predictions[0]!.probability!)).toBeLessThanOrEqual(1e-6);
  });

  test('nothing complained: no error on the console, nothing forbidden by the content security policy', () => {
    expect(window.complaints).toEqual([]);
  });

  test('Ctrl-C ends the server with code 0', async () => {
    expect(await falx.stop()).toBe(0);
  });
});

/** Epochs of all runs, as the description of the learning curves tells them. */
async function epochsShown(): Promise<number> {
  const label = await curves(window.page).getAttribute('aria-label');
  return [...label!.matchAll(/, epoch (\d+):/g)].reduce((sum, [, epoch]) => sum + Number(epoch), 0);
}
