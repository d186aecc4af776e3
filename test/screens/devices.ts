import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { DevicePreference } from '../../src-main/contract/devices.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Dataset, Split } from '../../src-main/contract/records.ts';
import { openCore, type Core } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';
import { webHandler } from '../../src-main/core/web.ts';
import { openServer } from '../../src-main/shells/browser/server.ts';
import { pageFiles } from '../../src-main/shells/page/page-files.ts';
import { installation } from '../../src-main/system/installation.ts';
import { onProcessor } from '../../src-main/train/choose-devices.ts';
import { builtWindow } from '../built.ts';
import { greeted } from '../journeys/greeted.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { gpuRuntime, madeUpDriver, noGpuWheel } from '../tensorflow/gpu-wheel.ts';
import { inAll, large, looks, plot, type Seen, type Shown } from './pictures.ts';

/*
 * The screens of a machine with GPUs: an `nvidia-smi` that lists fake ones, and, where FALX_TEST_GPU_WHEEL is set, the
 * locked GPU wheel with a fake driver. Nothing is computed on them.
 */

const root = path.join(tmpdir(), 'falx-screens-devices');
const home = path.join(root, 'home');

const uuid = (n: number) => `GPU-${String(n).repeat(8)}-2c1d-4e5f-8a9b-0c1d2e3f4a5b` as const;
const ada = `${uuid(1)}, NVIDIA RTX 6000 Ada Generation, 8.9, 49140, 48500, 580.95.05`;
const ampere = `${uuid(2)}, NVIDIA RTX A6000, 8.6, 49140, 47200, 580.95.05`;
const blackwell = `${uuid(3)}, NVIDIA RTX PRO 6000 Blackwell Workstation Edition, 12.0, 97887, 97000, 580.95.05`;
const gone = {
  gpus: [
    { uuid: uuid(1), name: 'NVIDIA RTX 6000 Ada Generation' },
    { uuid: uuid(4), name: 'Quadro RTX 5000' },
  ],
};

/** Puts an `nvidia-smi` on PATH that lists these GPUs. */
function list(rows: readonly string[]): void {
  const folder = path.join(root, 'bin');
  mkdirSync(folder, { recursive: true });
  const lines = rows.map((row) => `'${row}'`).join(' ');
  const script = `#!/bin/sh\n[ "$1" = -L ] || printf '%s\\n' ${lines}\n`;
  writeFileSync(path.join(folder, 'nvidia-smi'), script, { mode: 0o755 });
  if (!process.env['PATH']!.startsWith(folder)) process.env['PATH'] = `${folder}:${process.env['PATH']}`;
}

type Options = { chooseDevices?: Parameters<typeof openCore>[0]['chooseDevices']; device?: DevicePreference };

/** Runs Falx in this process, so that its devices can be set. */
async function withFalx(
  browser: Browser,
  { chooseDevices, device = 'auto' }: Options,
  work: (seen: Seen, core: Core) => Promise<void>,
): Promise<void> {
  const core = await openCore({ home, shell: 'browser', chooseDevices });
  core.registry.preferences.set({ device });
  const server = await openServer({
    router: routerOf(core),
    web: webHandler(core),
    page: pageFiles(installation.page),
    port: 0,
    log: (error) => console.error(error),
  });
  const { context, page } = await openWindow(browser);
  try {
    await page.goto(server.link());
    await page.getByRole('main').waitFor();
    await work({ browser, context, page }, core);
  } finally {
    await context.close();
    await server.close();
    await core.close();
  }
}

/** @throws if one of the runs ends before the condition holds. */
async function until(core: Core, ids: readonly string[], isSo: () => boolean): Promise<void> {
  for (;;) {
    if (isSo()) return;
    for (const { status, network, error } of ids.map((id) => core.registry.runs.get(id)))
      if (status === 'failed' || status === 'interrupted')
        throw new Error(`${network}: ${JSON.stringify(error)}`);
    await setTimeout(500);
  }
}

const device = (words: RegExp) => async (page: Page) => {
  const card = page.getByRole('region', { name: /^(Device|장치)$/ });
  await card.getByText(words).first().waitFor({ timeout: 120_000 });
  await card
    .getByText(/\d cores?|코어 \d+개/)
    .first()
    .waitFor();
  await card.evaluate((element) => element.scrollIntoView({ block: 'start' }));
};
const settings = (name: string, words: RegExp): Shown => ({ name, route: '/settings', full: device(words) });

export async function pictureDevices(browser: Browser): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  await builtWindow();
  greeted(home);
  await falxJson(home, ['demo', path.join(root, 'scans')]);
  const { dataset } = await falxJson<{ dataset: Dataset }>(home, [
    ...['import', path.join(root, 'scans'), '--name', 'phantoms'],
  ]);
  await falxJson(home, ['check', dataset.id]);
  const { split } = await falxJson<{ split: Split }>(home, ['split', dataset.id]);
  const train = `/train/${split.id}`;
  const queue = async (core: Core, epochs: number, ...networks: NetworkName[]) =>
    await core.training.queue({
      splitId: split.id,
      networks,
      settings: { weights: 'none', imageSize: 64, epochs, batchSize: 8, patience: 0 },
    });
  const all = [...looks, ...large];

  list([ada]);
  await withFalx(browser, {}, async (seen, core) => {
    await inAll(seen, [settings('device-unused', /RTX 6000 Ada/)], all);
    const notice = async (page: Page) =>
      page
        .getByText(/Training will run on the processor|학습이 프로세서에서/)
        .first()
        .waitFor({ timeout: 120_000 });
    await inAll(seen, [{ name: 'train-unused', route: train, full: notice }], all);
    const [run] = await queue(core, 2, 'mobilenetv2');
    await until(core, [run!.id], () => core.registry.runs.get(run!.id).status === 'done');
    const origin = async (page: Page) => {
      const fact = page.getByText(/^(GPU not used|GPU를 사용하지 않은 이유):$/).first();
      await fact.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    };
    await inAll(seen, [{ name: 'run-unused', route: `/runs/${run!.id}`, full: origin }], all);
  });
  await withFalx(
    browser,
    { chooseDevices: (machine) => ({ devices: onProcessor(machine, 2), inReserve: null }) },
    async (seen, core) => {
      const runs = await queue(core, 1000, 'mobilenetv2', 'resnet50', 'densenet121');
      const under = async (page: Page) => {
        await plot(page);
        await page.getByRole('progressbar').nth(1).waitFor();
      };
      const first = runs.slice(0, 2).map(({ id }) => id);
      await until(core, first, () => first.every((id) => core.registry.epochs.list(id).length >= 2));
      await inAll(seen, [{ name: 'train-two', route: train, full: under }], all);
      for (const { id } of runs.toReversed()) core.training.cancel(id);
    },
  );

  list([ada, blackwell]);
  await withFalx(browser, { device: gone }, (seen) => inAll(seen, [settings('device-gone', /Quadro/)], all));
  if (noGpuWheel) return console.error(`No pictures of a GPU that is used: ${noGpuWheel}.`);

  const runtimes = path.join(root, 'runtimes');
  await gpuRuntime(runtimes, '2.21.0-linux-x64-gpu');
  process.env['FALX_RUNTIMES'] = runtimes;
  process.env['LD_LIBRARY_PATH'] = madeUpDriver(path.join(root, 'driver'));
  for (const [name, rows, device] of [
    ['device-one', [ada], 'auto'],
    ['device-several', [ada, ampere, blackwell], 'auto'],
    ['device-chosen', [ada, ampere, blackwell], gone],
    ['device-cpu', [ada], 'cpu'],
  ] as const) {
    list(rows);
    await withFalx(browser, { device: device }, (seen) => inAll(seen, [settings(name, /RTX/)], all));
  }
  rmSync(root, { recursive: true, force: true });
}
