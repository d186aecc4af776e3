import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Part } from '../../src-main/contract/records.ts';
import { sharedTests } from '../../src-main/compare/compare-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-shared-tests-'));
const registry = Registry.open(home);
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

/** Six images; a split's sets by the first letters of their names, image by image. */
const parts: Record<string, string> = { all: 'tttvee', fewer: 't-tvee', other: 'tteevt', one: 'ttttve' };
const partOf: Record<string, Part> = { t: 'train', v: 'validation', e: 'test' };

beforeAll(() => {
  for (const datasetId of ['ds-1', 'ds-again'])
    registry.datasets.add(
      sample.dataset(datasetId),
      Array.from({ length: 6 }, (_, i) => ({
        ...sample.image(`Healthy/${i}.jpg`),
        sha256: `${i}`.repeat(64),
      })),
      [],
    );
  const add = (id: string, datasetId: string, letters: string) => {
    const images = registry.images.list(datasetId);
    registry.splits.add(
      sample.split(`sp-${id}`, datasetId),
      images.flatMap((image, i) => {
        const part = partOf[letters[i]!];
        return part ? [{ imageId: image.id, part }] : [];
      }),
    );
    registry.runs.add(sample.run(`run-${id}`, `sp-${id}`));
  };
  for (const [id, letters] of Object.entries(parts)) add(id, 'ds-1', letters);
  add('again', 'ds-again', parts['all']!);
});

const shared = (...ids: string[]) =>
  sharedTests(
    registry,
    ids.map((id) => registry.runs.get(`run-${id}`)),
  );

test('runs of splits with the same test set may be compared, also where their training parts differ', () => {
  expect(shared('all', 'fewer')).toEqual({
    same: true,
    common: 2,
    tests: [
      { splitId: 'sp-all', images: 2 },
      { splitId: 'sp-fewer', images: 2 },
    ],
  });
});

test('and of the same dataset imported twice', () => {
  expect(shared('all', 'again')).toMatchObject({ same: true, common: 2 });
});

test('else it is told how large the test sets are and how much of them is the same', () => {
  expect(shared('all', 'other')).toMatchObject({ same: false, common: 0 });
  expect(shared('all', 'one')).toEqual({
    same: false,
    common: 1,
    tests: [
      { splitId: 'sp-all', images: 2 },
      { splitId: 'sp-one', images: 1 },
    ],
  });
});
