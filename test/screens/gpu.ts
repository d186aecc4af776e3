import { copyFileSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { gpuPack } from '../../src-main/gpu-pack/gpu-pack.ts';
import { hashOfFile } from '../../src-main/system/hashes.ts';
import { findRuntime } from '../../src-main/system/installation.ts';
import { serveFalx } from '../journeys/served-journey.ts';
import { openWindow } from '../journeys/journey-window.ts';
import { inAll, large, looks, type Seen } from './pictures.ts';

const root = path.join(tmpdir(), 'falx-screens-gpu');
const runtimes = path.join(root, 'runtimes');
const name = '2.21.0-linux-x64-gpu';

const card = (page: Page): Locator => page.getByRole('region', { name: /^(GPU support|GPU 지원)$/ });

/** Waits until the card has its state, and scrolls it to the top. */
const showing = (words: RegExp) => async (page: Page) => {
  await card(page).getByText(words).first().waitFor();
  await page
    .getByText(/\d cores?|코어 \d+개/)
    .first()
    .waitFor({ timeout: 120_000 }); // until the checkup of the machine is done
  await card(page).evaluate((element) => element.scrollIntoView({ block: 'center' }));
};

/** Takes pictures of the card "GPU support" in its states. */
export async function pictureGpu(browser: Browser): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  const mirror = { FALX_GPU_MIRROR: 'https://mirror.example.org/falx-gpu/' };
  await withFalx(browser, mirror, async (seen) => {
    await picture(seen, 'gpu-absent', /3[.,]2\s?GB/);
  });

  // A slow server that never finishes.
  const slow = createServer((_, response) => {
    response.writeHead(200, { 'content-length': gpuPack()!.parts[0]!.bytes });
    const timer = setInterval(() => response.write(Buffer.alloc(300_000)), 100);
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const here = { FALX_GPU_MIRROR: `http://localhost:${(slow.address() as AddressInfo).port}/` };
  await withFalx(browser, here, async (seen) => {
    await press(seen.page, 'Add GPU support');
    await picture(seen, 'gpu-downloading', /Pause|일시정지/);
    await press(seen.page, 'Pause');
    await picture(seen, 'gpu-paused', /Resume|이어서 받기/);
  });
  slow.closeAllConnections();
  slow.close();

  // The server no longer exists by now.
  await withFalx(browser, here, async (seen) => {
    await press(seen.page, 'Resume download');
    await picture(seen, 'gpu-failed', /Try again|다시 시도/);
  });

  await lay();
  await withFalx(browser, {}, (seen) => picture(seen, 'gpu-added', /Remove \(|제거\(/));
  truncateSync(path.join(runtimes, name, 'nvidia', 'cufft', 'lib', 'libcufft.so.11'), 1000);
  await withFalx(browser, {}, (seen) => picture(seen, 'gpu-damaged', /libcufft/));
  rmSync(root, { recursive: true, force: true });
}

async function withFalx(
  browser: Browser,
  env: Record<string, string>,
  work: (seen: Seen) => Promise<void>,
): Promise<void> {
  const falx = await serveFalx(path.join(root, 'home'), { ...env, FALX_RUNTIMES: runtimes });
  const { context, page } = await openWindow(browser);
  try {
    await page.goto(falx.address);
    await page.getByRole('main').waitFor();
    await page.goto(`${new URL(page.url()).origin}/#/settings`);
    await card(page).waitFor();
    await work({ browser, context, page });
  } finally {
    await context.close();
    await falx.stop();
  }
}

const press = (page: Page, button: string): Promise<void> =>
  card(page).getByRole('button', { name: button }).click();

async function picture(seen: Seen, screen: string, words: RegExp): Promise<void> {
  const shown = { name: screen, route: '/settings', full: showing(words) };
  await inAll(seen, [shown], looks);
  if (screen === 'gpu-absent' || screen === 'gpu-added') await inAll(seen, [shown], large);
}

/** As if it had been added: the CPU build of TensorFlow under its name, and a library of the right size beside it. */
async function lay(): Promise<void> {
  const { tensorflow, binding } = findRuntime().runtime;
  const folder = path.join(runtimes, name);
  const at = (file: string) => path.join(folder, file);
  rmSync(runtimes, { recursive: true, force: true });
  for (const below of ['binding', 'nvidia/cufft/lib']) mkdirSync(at(below), { recursive: true });
  copyFileSync(binding, at('binding/tfjs_binding.node'));
  symlinkSync(tensorflow.folder, at('tensorflow'));
  const library = 'nvidia/cufft/lib/libcufft.so.11';
  writeFileSync(at(library), '');
  truncateSync(at(library), 5_277_861_056); // a sparse file, which takes no space
  const files = Object.fromEntries(
    await Promise.all(
      ['binding/tfjs_binding.node', library].map(async (file) => {
        const { size, mtimeMs } = statSync(at(file));
        const sha256 = file === library ? '0'.repeat(64) : await hashOfFile(at(file), 'sha256');
        return [file, { bytes: size, modified: Math.trunc(mtimeMs), sha256 }] as const;
      }),
    ),
  );
  const list = { format: 1, added: '2026-11-29T02:50:55.696Z', parts: gpuPack()!.id, files };
  writeFileSync(at('files.json'), JSON.stringify(list));
  const platform = `${process.platform}-${process.arch}`;
  const runtime = { format: 1, tensorflow: tensorflow.version, build: 'gpu', platform };
  writeFileSync(at('runtime.json'), JSON.stringify(runtime));
  writeFileSync(path.join(runtimes, 'active.json'), JSON.stringify({ folder: name }));
}
