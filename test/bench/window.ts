import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { provideBuild } from '../../build/stale.mjs';
import type { Dataset, Split } from '../../src-main/contract/records.ts';
import { decode } from '../../src-main/images/decode.ts';
import { derivedFolder, keepNew } from '../../src-main/images/derivatives.ts';
import { stampOf } from '../../src-main/import/stamp.ts';
import type { StampedFile } from '../../src-main/registry/imports.ts';
import type { NewImage } from '../../src-main/registry/registry.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { startBrowserShell } from '../../src-main/shells/browser/start.ts';
import { openChromium } from '../browser.ts';
import { HEALTHY, putTwins, sha256, TUMOUR } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';
import { falxJson } from '../shells/cli/falx.ts';

/*
 * npm run bench:window -- [--images 100000] [--rounds 5]
 * How long the window takes: until the first twins of a large check are visible, until a decision about all groups is shown, and
 * to respond to clicks while a network trains. Milliseconds, by the window's own clock; needs an idle machine. Every second image
 * is the twin of the previous one; only the first page's have pictures.
 */

const { values } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(values.images);
const rounds = Number(values.rounds);
const folder = mkdtempSync(path.join(tmpdir(), 'falx-bench-window-'));
const home = path.join(folder, 'home');

/** Real pictures for as many images as a first page shows. */
const drawn = 80;

async function fill(): Promise<void> {
  const scans = path.join(folder, 'scans');
  for (const className of [TUMOUR, HEALTHY]) mkdirSync(path.join(scans, className), { recursive: true });
  const images: NewImage[] = [];
  const files: StampedFile[] = [];
  for (let n = 0; n < count; n++) {
    const className = Math.floor(n / 2) % 2 ? TUMOUR : HEALTHY;
    const file = `${className}/${String(n).padStart(6, '0')}.png`;
    const image = { ...sample.image(file, className), format: 'png' as const, sha256: sha256(file) };
    if (n < drawn) {
      const data = await sharp({
        create: { width: 256, height: 256, channels: 3, background: { r: n, g: n, b: n } },
      })
        .png()
        .toBuffer();
      writeFileSync(path.join(scans, file), data);
      const of = createHash('sha256').update(data).digest('hex');
      images.push({ ...image, sha256: of, bytes: data.length, width: 256, height: 256 });
      // What an import stores for each.
      await keepNew(derivedFolder(home), of, await decode(data, file));
      files.push({ file, stamp: (await stampOf(path.join(scans, file)))!.text });
    } else images.push(image);
  }
  const registry = Registry.open(home);
  registry.preferences.set({ firstSteps: 'done' });
  registry.datasets.add({ ...sample.dataset('ds-large', 'Many scans'), folder: scans }, images, []);
  registry.imports.add('ds-large', { images: [], quarantined: [], files });
  const ids = registry.images.list('ds-large').map(({ id }) => id);
  putTwins(
    registry,
    'ds-large',
    ids.flatMap((id, n): [number, number][] => (n % 2 ? [[ids[n - 1]!, id]] : [])),
  );
  registry.close();
}

async function smallSplit(): Promise<string> {
  const scans = path.join(folder, 'demo');
  await falxJson(home, ['demo', scans, '--per-class', '60']);
  const { dataset } = await falxJson<{ dataset: Dataset }>(home, ['import', scans]);
  const { split } = await falxJson<{ split: Split }>(home, ['split', dataset.id]);
  return split.id;
}

/** Milliseconds from a click, or a change of the address, to the next frame in which a condition holds. */
async function until(page: Page, begin: () => Promise<unknown>, isSo: string): Promise<number> {
  await page.evaluate(`(() => {
    const watched = (globalThis.watched = { began: 0, ended: 0 });
    const started = () => (watched.began ||= performance.now());
    addEventListener('pointerup', started, { capture: true, once: true });
    addEventListener('hashchange', started, { capture: true, once: true });
    const frame = () => {
      if (watched.began > 0 && (${isSo})) requestAnimationFrame(() => (watched.ended = performance.now()));
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })()`);
  await begin();
  const watched = () =>
    page.evaluate(() => (globalThis as unknown as { watched: { began: number; ended: number } }).watched);
  await page.waitForFunction(
    () => (globalThis as unknown as { watched: { ended: number } }).watched.ended > 0,
  );
  const { began, ended } = await watched();
  return ended - began;
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!;
const told = (what: string, times: readonly number[]): void =>
  console.log(
    `${what}: ${times.map((time) => time.toFixed(0)).join(' ')} ms, median ${median(times).toFixed(0)}`,
  );

async function presses(page: Page, splitId: string): Promise<void> {
  const main = page.locator('main');
  const button = (name: string) => main.getByRole('button', { name, exact: true });
  await page.evaluate((id) => (location.hash = `#/train/${id}`), splitId);
  await main.getByRole('checkbox', { name: 'DenseNet121' }).uncheck();
  await main.getByRole('checkbox', { name: 'ResNet50' }).uncheck();
  await main.locator('summary', { hasText: 'Advanced' }).click();
  await main.getByLabel('Epochs', { exact: true }).fill('300');
  await button('Start training').click();
  await main.getByText(/^Epoch 1 of 300/).waitFor();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++)
    for (const target of [
      main.getByText('Loss', { exact: true }).last(),
      main.getByText('Accuracy', { exact: true }).last(),
      button('New training'),
      main.locator('summary', { hasText: 'Advanced' }),
      button('Close'),
    ])
      times.push(await until(page, () => target.click(), 'true'));
  told('presses beside a training', times);
  await button('Cancel training').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel training' }).click();
}

await provideBuild(process.execPath, ['renderer']);
await fill();
const splitId = await smallSplit();
let shell = await startBrowserShell({ home });
const browser = await openChromium();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(shell.newAddress());
  await page.getByRole('heading', { level: 1 }).waitFor();
  console.log(
    `${count} images, ${count / 2} groups; ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}`,
  );
  const goTo = (hash: string) => page.evaluate((hash) => (location.hash = hash), hash);
  const twins = "document.querySelector('[role=feed] article img')?.naturalWidth > 0";
  // A check stored from outside was never opened: its first view is stored for all later cores.
  const toCheck = async () => {
    await goTo('#/settings');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    return until(page, () => goTo('#/check/ds-large'), twins);
  };
  console.log(`first view of a check never opened: ${(await toCheck()).toFixed(0)} ms`);
  await shell.close();
  shell = await startBrowserShell({ home });
  await page.goto(shell.newAddress());
  await page.getByRole('heading', { level: 1 }).waitFor();
  const views: number[] = [];
  for (let round = 0; round < rounds; round++) views.push(await toCheck());
  console.log(`first view in a core just started: ${views[0]!.toFixed(0)} ms`);
  told('view of the check', views.slice(1));
  const [drops, undos]: [number[], number[]] = [[], []];
  const undecided = (n: string) =>
    `[...document.querySelectorAll('[aria-pressed]')].some((one) => one.textContent.replace(/\\D/g, '') === '${n}' && /^Undecided/.test(one.textContent))`;
  for (let round = 0; round < rounds; round++) {
    await page.getByRole('button', { name: 'Drop all but one of every group' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Drop the others' });
    drops.push(await until(page, () => confirm.click(), undecided('0')));
    const undo = page.getByRole('button', { name: /^Undo: / });
    undos.push(await until(page, () => undo.click(), undecided(String(count / 2))));
  }
  told('drop all', drops);
  told('undo it', undos);
  await presses(page, splitId);
} finally {
  await browser.close();
  await shell.close();
  rmSync(folder, { recursive: true, force: true });
}
