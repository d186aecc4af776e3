import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Part, Run } from '../../src-main/contract/records.ts';
import type { SettingsChange } from '../../src-main/contract/settings.ts';
import { greyPng } from '../../src-main/images/encode.ts';
import type { NewImage, Registry } from '../../src-main/registry/registry.ts';
import { queueRuns } from '../../src-main/train/train-handlers.ts';
import * as sample from '../registry/sample-records.ts';

/**
 * Writes easy scans, grey noise with a bright square in every second one, and registers them as dataset `ds-scans` with the
 * split `sp-scans`: of every ten images one pair is validation, one is test, three are training.
 * @returns the absolute files, in row order; odd ones have the square.
 */
export async function addScans(
  registry: Registry,
  folder: string,
  count: number,
  side = 40,
): Promise<string[]> {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647; // Park and Miller's generator
  const images: NewImage[] = [];
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from({ length: side * side }, () => 40 + 30 * random());
    if (i % 2) square(pixels, side, random);
    const className = i % 2 ? 'Brain Tumor' : 'Healthy';
    const png = await greyPng(pixels, side, side);
    const file = `${className}/${i}.png`;
    mkdirSync(path.join(folder, className), { recursive: true });
    writeFileSync(path.join(folder, file), png);
    const sha256 = createHash('sha256').update(png).digest('hex');
    images.push({
      ...sample.image(file, className),
      sha256,
      bytes: png.length,
      format: 'png',
      width: side,
      height: side,
    });
  }
  registry.datasets.add({ ...sample.dataset('ds-scans', 'scans'), folder }, images, []);
  const parts: Part[] = ['train', 'train', 'train', 'validation', 'test'];
  registry.splits.add(
    sample.split('sp-scans', 'ds-scans'),
    registry.images
      .list('ds-scans')
      .map((image, i) => ({ imageId: image.id, part: parts[Math.floor(i / 2) % 5]! })),
  );
  return images.map((image) => path.join(folder, image.file));
}

/** Queues one run of MobileNetV2 from scratch. @param splitId by default that of `addScans`. */
export async function queueOne(
  registry: Registry,
  home: string,
  overrides: SettingsChange,
  splitId = 'sp-scans',
): Promise<Run> {
  const networks = ['mobilenetv2'] as const;
  const [run] = await queueRuns({
    registry,
    home,
    splitId,
    networks: [...networks],
    overrides: { weights: 'none', ...overrides },
  });
  return run!;
}

function square(pixels: Uint8Array, side: number, random: () => number): void {
  const width = Math.floor(side / 3);
  const [left, top] = [Math.floor(random() * (side - width)), Math.floor(random() * (side - width))];
  for (let y = top; y < top + width; y++) pixels.fill(230, y * side + left, y * side + left + width);
}
