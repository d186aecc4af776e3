import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { decide } from '../../src-main/check/decisions.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeSearchedFolds, makeSearchedSplit } from '../../src-main/split/searched-split.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { layOut } from '../import/folders.ts';

const SIDE = 128;
const SCANS = 16;
const png = (seed: number, alter = (image: Sharp) => image): Promise<Buffer> =>
  alter(
    sharp(Buffer.from(drawSlice(SIDE, 3, `scan ${seed}`, seed % 2 === 0)), {
      raw: { width: SIDE, height: SIDE, channels: 1 },
    }),
  )
    .png()
    .toBuffer();

describe('a search between the parts of a split', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-searched-'));
  let registry: Registry;
  let datasetId: string;
  const idOf = new Map<string, number>();
  beforeAll(async () => {
    const files: Record<string, Buffer> = {};
    for (let seed = 0; seed < SCANS; seed += 1) {
      const name = seed % 2 === 0 ? 'tumour' : 'healthy';
      files[`${name}/${seed}.png`] = await png(seed);
      if (seed < 8) files[`${name}/${seed}-copy.png`] = await png(seed, (image) => image.flop().rotate(90));
    }
    registry = Registry.open(home);
    const { dataset } = await importFolder({
      registry,
      folder: await layOut(path.join(home, 'scans'), files),
    });
    datasetId = dataset.id;
    for (const { id, file } of registry.images.list(datasetId)) idOf.set(path.basename(file, '.png'), id);
    await checkDataset({ registry, datasetId });
    decide({ registry, datasetId, kind: 'not-twins', imageIds: [idOf.get('3')!, idOf.get('3-copy')!] });
    // As if the check had missed them all.
    registry.checks.put(registry.checks.record(datasetId)!, []);
  });
  afterAll(() => {
    registry.close();
    rmSync(home, { recursive: true });
  });
  const partsOf = (splitId: string) =>
    new Map(registry.parts.list(splitId).map(({ imageId, part }) => [imageId, part]));
  const apart = (splitId: string): number[] => {
    const parts = partsOf(splitId);
    return Array.from({ length: 8 }, (_, seed) => seed).filter(
      (seed) => parts.get(idOf.get(`${seed}`)!) !== parts.get(idOf.get(`${seed}-copy`)!),
    );
  };

  test('keeps together what the check had missed, and tells how much such a search finds', async () => {
    const how = { registry, datasetId, test: 0.3, validation: 0.2, seed: 7 };
    const leaking = makeSplit(how).split;
    expect(apart(leaking.id).length).toBeGreaterThan(0);
    expect(leaking.certificate!.searched).toBeNull();

    const { split } = await makeSearchedSplit(how);
    // Pairs marked as not twins stay where they were drawn.
    expect(apart(split.id).filter((seed) => seed !== 3)).toEqual([]);
    const searched = split.certificate!.searched!;
    expect(searched.joined).toBeGreaterThan(0);
    expect(searched.left).toBe(0);
    expect(searched.planted).toBeGreaterThan(10);
    expect(searched.recovered / searched.planted).toBeGreaterThan(0.9);
    // Repeated, nothing more is found, and the sets are the same.
    const again = await makeSearchedSplit(how);
    expect(again.split.certificate!.searched).toMatchObject({ joined: 0, left: 0 });
    expect(again.split.hash).toBe(split.hash);
  });

  test('looks between all folds, and not where copies are kept apart on purpose', async () => {
    registry.checks.put(registry.checks.record(datasetId)!, []);
    const folds = await makeSearchedFolds({ registry, datasetId, folds: 4, validation: 0.1 });
    const tested = folds.map(({ split }) => apart(split.id).length);
    expect(tested.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(2 * 2); // except the pair marked as not twins
    expect(folds[0]!.split.certificate!.searched!.joined).toBeGreaterThan(0);
    const random = await makeSearchedSplit({ registry, datasetId, grouping: { by: 'none' } });
    expect(random.split.certificate!.searched).toBeNull();
  });
});
