import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pixelFile } from '../../src-main/images/cache.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';

const folder = path.resolve(import.meta.dirname, '../../../shared/data/brain-tumor-dataset');
const skip = !existsSync(folder);
if (skip) console.warn(`Skipped: ${folder} is not here.`);

describe.skipIf(skip)('the brain tumour dataset', () => {
  test('is imported file for file, split without twins across parts, and its pixels kept', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'falx-brain-'));
    const registry = Registry.open(home);
    try {
      const imported = await importFolder({ registry, folder });
      // Counted here without Falx.
      const files = ['Brain Tumor', 'Healthy'].flatMap((name) =>
        readdirSync(path.join(folder, name)).map((file) => `${name}/${file}`),
      );
      const digests = files.map((file) =>
        createHash('sha256')
          .update(readFileSync(path.join(folder, file)))
          .digest('hex'),
      );
      expect(imported).toMatchObject({
        images: 1200,
        classes: { 'Brain Tumor': 650, Healthy: 550 },
        positive: 'Brain Tumor',
        duplicates: files.length - new Set(digests).size,
        quarantined: [],
        ignored: 0,
      });
      const images = registry.images.list(imported.dataset.id);
      expect(images.map((image) => image.file)).toEqual(files.sort());

      const { split, counts } = makeSplit({ registry, datasetId: imported.dataset.id });
      expect(counts).toEqual({ train: 840, validation: 120, test: 240 });
      const partOf = new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part]));
      const partsOfDigest = new Map<string, Set<unknown>>();
      for (const { id, sha256 } of images)
        partsOfDigest.set(sha256, (partsOfDigest.get(sha256) ?? new Set()).add(partOf.get(id)));
      expect([...partsOfDigest.values()].every((parts) => parts.size === 1)).toBe(true);

      const pixelPath = {
        version: 2,
        imageSize: 224,
        canvas: 'stretch',
        crop: 'none',
        window: 'file',
      } as const;
      let rate = 0;
      const file = await pixelFile(
        imported.dataset,
        images,
        pixelPath,
        home,
        (_, __, perSecond) => (rate = perSecond),
      );
      expect(statSync(file.path).size).toBe(1200 * 224 * 224 * 3);
      console.info(`pixels at 224: ${rate.toFixed(0)} images/s`);
    } finally {
      registry.close();
      rmSync(home, { recursive: true });
    }
  });
});
