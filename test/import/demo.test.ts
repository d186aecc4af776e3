import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { Registry } from '../../src-main/registry/registry.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-demo-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the demo dataset', () => {
  test('is two classes of grey PNG files that import, each its own picture', async () => {
    const folder = path.join(root, 'demo');
    const done: number[] = [];
    const written = await writeDemo(folder, {
      perClass: 4,
      size: 64,
      onProgress: (count) => done.push(count),
    });
    expect(written).toEqual({ folder, images: 8, classes: { Healthy: 4, Tumour: 4 }, positive: 'Tumour' });
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const registry = Registry.open(path.join(root, 'home'));
    const imported = await importFolder({ registry, folder });
    expect(imported).toMatchObject({
      classes: { Healthy: 4, Tumour: 4 },
      positive: 'Tumour',
      duplicates: 0,
      warnings: [],
    });
    expect(
      registry.images
        .list(imported.dataset.id)
        .every(({ format, width, height }) => `${format} ${width} ${height}` === 'png 64 64'),
    ).toBe(true);
    registry.close();
    const { pixels } = await decode(readFileSync(path.join(folder, 'Tumour', 'tumour-0001.png')), 'it');
    expect(pixels.filter((_, index) => index % 3 === 0)).toEqual(
      Buffer.from(drawSlice(64, 7, 'tumour-0001', true)),
    );
  });

  test('is the same for the same seed and another for another', async () => {
    const read = async (name: string, seed: number) => {
      const { folder } = await writeDemo(path.join(root, name), { perClass: 1, size: 48, seed });
      return ['Tumour/tumour-0001.png', 'Healthy/healthy-0001.png'].map((file) =>
        readFileSync(path.join(folder, file)),
      );
    };
    const [one, again, other] = [await read('1', 1), await read('2', 1), await read('3', 2)];
    expect(again).toEqual(one);
    expect(other[0]).not.toEqual(one[0]);
  });

  test('does not overwrite what exists', async () => {
    writeFileSync(path.join(root, 'mine.txt'), 'mine');
    await expect(writeDemo(root, { perClass: 1 })).rejects.toMatchObject({ code: 'bad-usage' });
    expect(readdirSync(root)).toEqual(['mine.txt']);
    await expect(writeDemo(path.join(root, 'mine.txt', 'demo'))).rejects.toMatchObject({ code: 'disk' });
  });
});

describe('a slice', () => {
  const side = 96;

  test('differs by its lesion and nothing else', () => {
    for (let number = 0; number < 6; number += 1) {
      const [ill, well] = [true, false].map((tumour) => drawSlice(side, 3, `slice ${number}`, tumour));
      const changed = ill!.map((value, index) => (Math.abs(value - well![index]!) > 40 ? 1 : 0));
      const share = changed.reduce((sum, value) => sum + value, 0) / changed.length;
      expect(share).toBeGreaterThan(0.004);
      expect(share).toBeLessThan(0.2);
      // No difference outside the head: the frame has the same noise in both.
      const frame = (pixels: Uint8Array) =>
        pixels.filter((_, index) => index < 2 * side || index >= side * (side - 2));
      expect(frame(ill!)).toEqual(frame(well!));
    }
  });

  test('is not recognisable by its brightness: the class means overlap widely', () => {
    const means = (tumour: boolean) =>
      Array.from({ length: 40 }, (_, number) => {
        const pixels = drawSlice(48, 5, `${tumour ? 'ill' : 'well'} ${number}`, tumour);
        return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
      });
    const [ill, well] = [means(true), means(false)];
    // The area under the ROC curve of "brighter is positive" (Mann–Whitney).
    const wins = ill
      .flatMap((a) => well.map((b) => (a > b ? 1 : 0)))
      .reduce<number>((sum, win) => sum + win, 0);
    const auc = wins / (ill.length * well.length);
    console.info(`AUC of the mean brightness: ${auc.toFixed(2)}`);
    expect(auc).toBeLessThan(0.8);
  });
});
