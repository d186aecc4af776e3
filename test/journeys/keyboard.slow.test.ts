import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from './axe.ts';
import { keyboard } from './hands.ts';
import { journey } from './journey.ts';
import { aSampleScan } from './served-journey.ts';
import {
  awaitModels,
  checkThem,
  compareThem,
  drawSamples,
  predictScan,
  seeEpoch,
  splitThem,
  startTraining,
  type Stop,
  type Walk,
} from './walk.ts';

/** The same journey as with the mouse, by keyboard only; axe-core checks every stop in both themes. */
const { home, open, expectNoComplaint } = journey('keyboard');

let page: Page;
let walk: Walk;
const faults: Record<string, string[]> = {};

beforeAll(async () => {
  page = await open();
  walk = { page, hand: keyboard(page), small: { imageSize: 32, epochs: 2 }, at: look };
});

async function look(stop: Stop | string): Promise<void> {
  faults[stop] = await faultsOf(page);
}

/** Expects the stops since the last call to be these, without violations. */
function expectNoFault(stops: readonly (Stop | string)[]): void {
  expect(Object.keys(faults)).toEqual(stops);
  expect(Object.entries(faults).filter(([, found]) => found.length > 0)).toEqual([]);
  for (const stop of stops) delete faults[stop];
}

describe('by the keyboard alone', () => {
  test('sample scans are drawn, checked and split', async () => {
    await drawSamples(walk);
    await checkThem(walk);
    await splitThem(walk);
    expectNoFault(['data', 'dataset', 'check', 'checked', 'split', 'certificate']);
  });

  test('three networks are trained', async () => {
    await startTraining(walk);
    await seeEpoch(walk);
    await awaitModels(walk);
    expectNoFault(['train', 'training', 'trained']);
  });

  test('they are compared, one is taken, and it answers', async () => {
    await compareThem(walk);
    const { folder, name } = aSampleScan(home);
    const probability = await predictScan(walk, folder, name);
    expect(probability).toBeGreaterThanOrEqual(0);
    expect(probability).toBeLessThanOrEqual(1);
    expectNoFault(['compare', 'predict', 'answer']);
  });

  test('a run is found, opened, noted, removed and brought back', async () => {
    const { hand } = walk;
    const main = page.getByRole('main');
    await page.keyboard.press('Alt+7');
    await main.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await hand.write(main.getByRole('searchbox', { name: 'Search' }), 'resnet');
    await main.getByText('1 of 3 runs').waitFor();
    await look('runs');
    await hand.press(main.getByRole('row', { name: /ResNet50/ }));
    await main.getByRole('heading', { level: 2, name: /^ResNet50/ }).waitFor();
    await main.locator('.js-plotly-plot .trace').first().waitFor();
    await hand.write(main.getByRole('textbox', { name: 'Name' }), 'Best of three');
    await hand.write(main.getByRole('combobox', { name: 'Add a tag' }), 'baseline');
    await hand.press(main.getByRole('button', { name: 'Add a tag' }));
    await main.getByRole('button', { name: 'Remove the tag baseline' }).waitFor();
    await main.getByRole('heading', { level: 2, name: 'Best of three' }).waitFor();
    await look('run');
    await hand.press(main.getByRole('button', { name: 'Remove', exact: true }));
    await page.getByText('1 run removed.').waitFor();
    await hand.press(page.getByRole('button', { name: 'Undo' }));
    await main.getByRole('row', { name: /Best of three/ }).waitFor();
    expectNoFault(['runs', 'run']);
  });

  test('the language and the theme change at once', async () => {
    const { hand } = walk;
    const main = page.getByRole('main');
    await page.keyboard.press('Alt+8');
    await main.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await main.getByText('Not in use').or(main.getByText('In use')).first().waitFor();
    await look('settings');
    await hand.choose(main.getByRole('combobox', { name: 'Theme' }), 'Dark');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await hand.choose(main.getByRole('combobox', { name: 'Language' }), '한국어');
    await main.getByRole('heading', { level: 1, name: '설정' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ko');
    await look('settings in Korean');
    expectNoFault(['settings', 'settings in Korean']);
  });

  test('nothing complained', expectNoComplaint);
});
