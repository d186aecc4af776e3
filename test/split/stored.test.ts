import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRegistry, type Made } from '../check/dataset.ts';
import { splitsOfMadeSets } from './made-sets.ts';

let made: Made;
beforeEach(() => {
  made = newRegistry();
});
afterEach(() => made.remove());

/** Written by `node build/run.mjs test/split/store.ts` before splits were made in pieces (commit 785af86). */
const stored = path.join(import.meta.dirname, '../goldens/splits.json');

test('the same seed gives the split that it gave before, image by image', () => {
  const before = JSON.parse(readFileSync(stored, 'utf8')) as Record<string, unknown>;
  const now = splitsOfMadeSets(made.registry);
  expect(Object.keys(now)).toEqual(Object.keys(before));
  expect(Object.keys(now).length).toBeGreaterThan(100);
  for (const [asked, its] of Object.entries(now)) expect(its, asked).toEqual(before[asked]);
});
