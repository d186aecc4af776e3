import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import type { Prediction, Run } from '../../src-main/contract/records.ts';
import { mouse } from './hands.ts';
import { journey } from './journey.ts';
import { aSampleScan } from './served-journey.ts';
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

/** A newcomer's journey in a browser, from an empty home folder to an answer, by clicks only. */
const { home, json, open, stop, expectNoComplaint } = journey('wizard');

let walk: Walk;

beforeAll(async () => {
  walk = { page: await open(), hand: mouse, small: { imageSize: 64, epochs: 4 } };
});

describe('by clicks alone', () => {
  test('the printed address opens an empty Falx', async () => {
    const { page } = walk;
    await expect.poll(() => page.title()).toBe('Data – Falx');
    expect(page.url()).not.toContain('token');
  });

  test('“Try with sample scans” makes a dataset, and it is checked and split', async () => {
    await drawSamples(walk);
    await checkThem(walk);
    await splitThem(walk);
  });

  test('all networks are trained, and a reload in the middle loses nothing', async () => {
    const { page } = walk;
    await startTraining(walk);
    await seeEpoch(walk);
    const before = await epochsShown();
    await page.reload();
    await progress(page).waitFor();
    expect(before).toBeGreaterThan(0);
    await expect.poll(epochsShown).toBeGreaterThanOrEqual(before);
    const { runs } = await json<{ runs: Run[] }>(['runs']);
    expect(runs.map(({ network }) => network)).toEqual(networkNames);
    await awaitModels(walk);
  });

  test('they are compared, one is taken, and it answers as the command line does', async () => {
    await compareThem(walk);
    const { runs } = await json<{ runs: Run[] }>(['runs']);
    expect(runs.map(({ status }) => status)).toEqual(networkNames.map(() => 'done'));
    const chosen = runs.find(({ network }) => network === 'densenet121')!;
    const { folder, name } = aSampleScan(home);
    const shown = await predictScan(walk, folder, name);
    const { predictions } = await json<{ predictions: Prediction[] }>([
      'predict',
      chosen.id,
      path.join(folder, name),
    ]);
    expect(Math.abs(shown - predictions[0]!.probability!)).toBeLessThanOrEqual(1e-6);
  });

  test('nothing complained: no error on the console, nothing forbidden by the content security policy', () => {
    expectNoComplaint();
  });

  test('Ctrl-C ends the server with code 0', async () => {
    expect(await stop()).toBe(0);
  });
});

/** Epochs of all runs, according to the description of the learning curves. */
async function epochsShown(): Promise<number> {
  const label = await curves(walk.page).getAttribute('aria-label');
  return [...label!.matchAll(/, epoch (\d+):/g)].reduce((sum, [, epoch]) => sum + Number(epoch), 0);
}
