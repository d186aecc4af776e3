import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide } from '../../src-main/check/decisions.ts';
import { compareRuns } from '../../src-main/compare/compare-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeFolds, makeSplit, type SplitMade } from '../../src-main/split/split-handlers.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { dataOf } from '../../src-main/train/plan.ts';
import { addScans, queueOne } from './scans.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-dropped-'));
const registry = Registry.open(home);
const overrides = { weights: 'none', imageSize: 32, epochs: 1, batchSize: 8, augmentation: false } as const;
let dropped: number[];
let made: SplitMade[];
beforeAll(async () => {
  await addScans(registry, path.join(home, 'scans'), 60);
  const images = registry.images.list('ds-scans');
  // The first, the last, and some between: rows of the pixel file that no set may shift into.
  dropped = [0, 7, 8, 30, 59].map((row) => images[row]!.id);
  decide({ registry, datasetId: 'ds-scans', kind: 'drop', imageIds: dropped });
  made = [
    makeSplit({ registry, datasetId: 'ds-scans' }),
    makeFolds({ registry, datasetId: 'ds-scans', folds: 3 })[1]!,
  ];
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

test.each(['a split', 'a fold'])(
  '%s with dropped images is trained, tested and compared without them',
  async (what) => {
    const { split, counts } = made[what === 'a split' ? 0 : 1]!;
    const { images, parts } = dataOf(registry, split.id);
    expect(counts.train + counts.validation + counts.test).toBe(55);
    const rows = Object.values(parts).flatMap((part) => part.rows);
    expect(rows.map((row) => images[row]!.id).filter((id) => dropped.includes(id))).toEqual([]);
    expect(new Set(rows).size).toBe(55);

    const queued = await queueOne(registry, home, overrides, split.id);
    await runQueue({ registry, home, onEvent: () => undefined });
    expect(registry.runs.get(queued.id)).toMatchObject({
      status: 'done',
      error: null,
      splitHash: split.hash,
    });
    const { runs, certificates } = await compareRuns({ registry, home, runIds: [queued.id] });
    expect(certificates).toEqual([split.certificate]);
    expect(certificates[0]!.dropped).toBe(5);
    expect(runs[0]!.images).toBe(counts.test);
    const inTest = registry.parts
      .list(split.id)
      .flatMap(({ imageId, part }) => (part === 'test' ? [imageId] : []));
    expect(registry.testPredictions.list(queued.id).map(({ imageId }) => imageId)).toEqual(inTest);
    // Each label belongs to its image: no row has moved.
    const classOf = new Map(images.map(({ id, className }) => [id, className]));
    for (const { imageId, label } of registry.testPredictions.list(queued.id))
      expect(label === 1).toBe(classOf.get(imageId) === 'Brain Tumor');
  },
);
