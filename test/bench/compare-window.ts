import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { evidenceOf } from '../../src-main/compare/compare-handlers.ts';
import { networkNames } from '../../src-main/contract/networks.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { importPath } from '../../src-main/import/import-path.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { openChromium } from '../browser.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { serveFalx } from '../journeys/served-journey.ts';
import * as sample from '../registry/sample-records.ts';
import { machine, machineLine } from './machine.ts';

/*
 * npm run bench:compare [-- --scans 1000 --presses 60]
 * Compare with a run of each network on that many test scans: how long the complete evidence takes, in this process and until the
 * window shows it, and how long a press of the threshold slider takes until figures and plots are updated. Predictions are random:
 * no network is used.
 */

const { values } = parseArgs({
  options: { scans: { type: 'string', default: '1000' }, presses: { type: 'string', default: '60' } },
});
const [scans, presses] = [Number(values.scans), Number(values.presses)];
const home = mkdtempSync(path.join(tmpdir(), 'falx-bench-compare-'));
const folder = path.join(home, 'scans');
const load = () => loadavg()[0]!.toFixed(1);

try {
  console.log(machineLine(machine()));
  const { splitId, runIds } = await made();
  const registry = Registry.open(home);
  for (let round = 1; round <= 3; round += 1) {
    const [began, before] = [performance.now(), process.cpuUsage()];
    const { perScan } = await evidenceOf(registry, runIds);
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    console.log(
      `evidence of ${runIds.length} runs × ${perScan.units} scans: ${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of processor; load ${load()}`,
    );
  }
  registry.close();
  await inWindow(splitId);
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** Images, a split with that many of them for testing, and runs that are right more often than not. */
async function made(): Promise<{ splitId: string; runIds: string[] }> {
  await writeDemo(folder, { perClass: Math.ceil(scans / 1.6), size: 64 });
  const registry = Registry.open(home);
  registry.preferences.set({ firstSteps: 'done' });
  const { dataset } = await importPath({ registry, folder, name: 'bench' });
  const all = registry.images.list(dataset.id);
  const { split } = makeSplit({
    registry,
    datasetId: dataset.id,
    test: scans / all.length,
    validation: 0.05,
  });
  const labels = new Map(all.map(({ id, className }) => [id, className === dataset.positive]));
  const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
  const runIds = networkNames.map((network) => {
    const id = `run-${network}`;
    registry.runs.add({
      ...sample.run(id, split.id),
      network,
      settings: defaultSettings(network, false, 64),
      folder: path.join(home, 'runs', id),
      status: 'done',
      bestEpoch: 1,
    });
    const random = randomFrom(7, id);
    registry.testPredictions.replace(
      id,
      tested.map(({ imageId }) => {
        const drawn = (random() + random()) / 2;
        return { imageId, probability: labels.get(imageId) ? 0.25 + 0.75 * drawn : 0.75 * drawn };
      }),
    );
    registry.metrics.put({ ...sample.metrics(id), images: tested.length });
    return id;
  });
  registry.close();
  return { splitId: split.id, runIds };
}

async function inWindow(splitId: string): Promise<void> {
  const [falx, browser] = await Promise.all([serveFalx(home), openChromium()]);
  const { page } = await openWindow(browser);
  try {
    await page.goto(falx.address);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const began = performance.now();
    await page.evaluate((to) => void (location.hash = to), `#/compare/${splitId}`);
    await page
      .getByText(/No difference shown|is better than/)
      .first()
      .waitFor();
    console.log(
      `opened until the verdict is shown: ${((performance.now() - began) / 1000).toFixed(2)} s; load ${load()}`,
    );
    await page.locator('.js-plotly-plot .trace').nth(5).waitFor();
    await sleep(2000);
    const { figures, plots } = await pressed(page);
    told('a press until the figures are written', figures);
    told('a press until every plot is drawn', plots);
  } finally {
    await page.context().close();
    await browser.close();
    await falx.stop();
  }
}

/** Milliseconds from each press to its effects, by the page's own clock. */
async function pressed(page: Page): Promise<{ figures: number[]; plots: number[] }> {
  const slider = page.getByRole('slider', { name: 'Threshold' });
  await slider.focus();
  await page.evaluate(() => {
    const seen = window as unknown as { pressedAt: number; written: number[] };
    seen.written = [];
    seen.pressedAt = 0;
    addEventListener('keydown', () => (seen.pressedAt = performance.now()), { capture: true });
    // Changes after a press are on the screen with the next frame.
    const figures = document.querySelector('input[type=range]')!.closest('section')!;
    new MutationObserver(() => {
      if (seen.pressedAt === 0) return;
      const began = seen.pressedAt;
      seen.pressedAt = 0;
      requestAnimationFrame(() => setTimeout(() => seen.written.push(performance.now() - began), 0));
    }).observe(figures, { subtree: true, characterData: true, childList: true });
  });
  const plots: number[] = [];
  for (let press = 0; press < presses; press += 1) {
    const from = await page.evaluate(() => performance.now());
    await page.keyboard.press(press < presses / 2 ? 'ArrowLeft' : 'ArrowRight');
    await sleep(600);
    plots.push(
      await page.evaluate((from) => {
        const ends = performance
          .getEntriesByName('falx-plot')
          .filter(({ startTime }) => startTime >= from)
          .map(({ startTime, duration }) => startTime + duration);
        return Math.max(from, ...ends) - from;
      }, from),
    );
  }
  const figures = await page.evaluate(() => (window as unknown as { written: number[] }).written);
  return { figures, plots };
}

function told(what: string, milliseconds: readonly number[]): void {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
  console.log(
    `${what}: median ${at(0.5)} ms, 95 % ${at(0.95)}, slowest ${at(1)}, of ${sorted.length}; load ${load()}`,
  );
}
