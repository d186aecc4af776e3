import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { defaultSettings, noAugmentation } from '../../src-main/contract/settings.ts';
import { pixelFile } from '../../src-main/images/cache.ts';
import { tensorName, writeSavedModel } from '../../src-main/graph/saved-model.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { Session } from '../../src-main/tensorflow/session.ts';
import { PixelReader } from '../../src-main/train/batches.ts';
import { numbers } from '../../src-main/train/engine.ts';
import { InputPreviews, PREVIEWED } from '../../src-main/train/input-preview.ts';
import { trainingModel } from '../../src-main/train/model.ts';
import { dataOf } from '../../src-main/train/plan.ts';
import { addScans } from './scans.ts';

/*
 * A preview against what a training reads and computes: the rows of its pixel file, and the same tensor of its step's graph.
 * Both sides share `square` and `augment`, which have references of their own.
 */

vi.setConfig({ testTimeout: 300_000 });

const home = mkdtempSync(path.join(tmpdir(), 'falx-preview-test-'));
const registry = Registry.open(home);
const previews = new InputPreviews(home);
const settings = defaultSettings('mobilenetv2', false, 32);
const pixels = { ...settings.pixels, canvas: 'pad', crop: 'head' } as const;
const asked = {
  splitId: 'sp-scans',
  pixels,
  augmentation: settings.augmentation,
  seed: 7,
  draw: 4,
  draws: 2,
};

beforeAll(() => addScans(registry, path.join(home, 'scans'), 40, 48));
afterAll(async () => {
  await previews.close();
  registry.close();
  rmSync(home, { recursive: true });
});

test('six scans of the training part are shown, of both classes, as the training reads them', async () => {
  const shown = await previews.of(registry, asked);
  const { dataset, images, parts } = dataOf(registry, 'sp-scans');
  const rows = shown.images.map(({ id }) => images.findIndex((image) => image.id === id));
  expect(rows).toHaveLength(PREVIEWED);
  for (const row of rows) expect(parts.train.rows).toContain(row);
  const positive = shown.images.filter(({ className }) => className === dataset.positive);
  expect(positive).toHaveLength(PREVIEWED / 2);
  const reader = await PixelReader.open(await pixelFile(dataset, images, pixels, home));
  const read = await reader.read(rows);
  await reader.close();
  expect(Buffer.concat(shown.squares).equals(read)).toBe(true);
});

test('each draw is what the step of that number has its network see', async () => {
  const shown = await previews.of(registry, asked);
  const model = trainingModel({ ...settings, pixels, batchSize: PREVIEWED }, ['all']);
  const { images, seed } = model.signatures['train_all']!.inputs;
  const changed = model.graph.nodes.findLast(({ name }) => name.startsWith('train_all/augment/'))!;
  const folder = path.join(home, 'model');
  writeSavedModel(folder, model);
  const session = new Session(folder);
  const data = new Uint8Array(Buffer.concat(shown.squares));
  for (const [i, step] of [4, 5].entries()) {
    const [seen] = session.run(
      {
        [tensorName(images!)]: { dtype: 'uint8', shape: [PREVIEWED, 32, 32, 3], data },
        [tensorName(seed!)]: { dtype: 'int32', shape: [2], data: Int32Array.of(7, step) },
      },
      [`${changed.name}:0`],
    );
    const drawn = Buffer.concat(shown.drawn.map((draws) => draws[i]!));
    const off = numbers(seen).reduce((most, value, at) => Math.max(most, Math.abs(value - drawn[at]!)), 0);
    expect(off).toBeLessThanOrEqual(0.5);
  }
  session.close();
  expect(shown.drawn[0]![0]!).not.toEqual(shown.drawn[0]![1]!);
});

test('without augmentation every draw is the image itself', async () => {
  const { squares, drawn } = await previews.of(registry, { ...asked, augmentation: noAugmentation });
  for (const [i, square] of squares.entries())
    for (const one of drawn[i]!) expect(Buffer.compare(one, square)).toBe(0);
});

test('another draw shows other changes, the same one the same', async () => {
  const pixelsOf = async (draw: number) =>
    Buffer.concat((await previews.of(registry, { ...asked, draw })).drawn.flat());
  const first = await pixelsOf(1);
  expect((await pixelsOf(3)).equals(first)).toBe(false);
  expect((await pixelsOf(1)).equals(first)).toBe(true);
});
