import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentCheck } from '../../src-main/check/check-handlers.ts';
import { decide } from '../../src-main/check/decisions.ts';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { importPath } from '../../src-main/import/import-path.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { readRecipe, reproduce } from '../../src-main/report/reproduce.ts';
import { writeReport } from '../../src-main/report/write-report.ts';
import { makeFolds, makeSplit } from '../../src-main/split/split-handlers.ts';
import { queueRuns, runQueue } from '../../src-main/train/train-handlers.ts';

/* A finished pipeline is repeated in an empty home folder, from a copy of its images, by the file beside its report. */

const root = mkdtempSync(path.join(tmpdir(), 'falx-reproduce-'));
const [scans, copied] = [path.join(root, 'scans'), path.join(root, 'elsewhere')];
const file = path.join(root, 'report.reproduce.json');
let weights: string | null = null;

beforeAll(async () => {
  await writeDemo(scans, { perClass: 20, size: 48 });
  cpSync(scans, copied, { recursive: true });
  const home = path.join(root, 'one');
  const registry = Registry.open(home);
  const { dataset } = await importPath({ registry, folder: scans, name: 'phantoms' });
  await currentCheck({ registry, datasetId: dataset.id });
  const [first, ...images] = registry.images.list(dataset.id);
  // As the search between the sets of a split may find.
  const kept = images.filter(({ className }) => className === images[0]!.className).slice(0, 6);
  registry.checks.join(
    dataset.id,
    kept.slice(1).map(({ id }) => ({
      ...{ firstId: kept[0]!.id, otherId: id, correlation: 0.9, detail: 0.85 },
      change: { mirrored: false, turned: 0, rotated: 0 },
    })),
  );
  decide({ registry, datasetId: dataset.id, kind: 'drop', imageIds: [first!.id] });
  const { split } = makeSplit({ registry, datasetId: dataset.id, test: 0.3, seed: 11 });
  const overrides = {
    weights: 'none',
    imageSize: 32,
    epochs: 1,
    batchSize: 8,
    dropout: 0.3,
    seed: 5,
  } as const;
  const [run] = await queueRuns({ registry, home, splitId: split.id, networks: ['mobilenetv2'], overrides });
  await runQueue({ registry, home });
  await evaluateRun({ registry, home, runId: run!.id });
  await writeReport(path.join(root, 'report.html'), { registry, runIds: [run!.id], language: 'en' });
  weights = readRecipe(file).runs[0]!.weights;
  registry.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const inHome = async (name: string, images: string) => {
  const home = path.join(root, name);
  const registry = Registry.open(home);
  try {
    return await reproduce({ registry, home, recipe: readRecipe(file), images: { folder: images } });
  } finally {
    registry.close();
  }
};

test('the same images give the same split, weights and figures', async () => {
  expect(readRecipe(file).dataset.joined).toHaveLength(5);
  const { split, runs } = await inHome('two', copied);
  expect(split).toMatchObject({ same: true, hash: readRecipe(file).split.hash });
  expect(weights).toMatch(/^[0-9a-f]{64}$/);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({
    outcome: 'same',
    sameVersions: true,
    weights: { found: weights, expected: weights },
  });
});

test('other images are refused before anything is trained', async () => {
  const [folder] = readdirSync(copied);
  const [one, other] = readdirSync(path.join(copied, folder!));
  writeFileSync(path.join(copied, folder!, one!), readFileSync(path.join(copied, folder!, other!)));
  await expect(inHome('three', copied)).rejects.toMatchObject({
    code: 'bad-dataset',
    facts: { why: 'recipeOtherData', images: 40, wanted: 40 },
  });
});

test('a recipe that was changed is refused, and what is none', () => {
  const changed = path.join(root, 'changed.json');
  writeFileSync(changed, readFileSync(file, 'utf8').replace('"seed": 11', '"seed": 12'));
  expect(() => readRecipe(changed)).toThrow(
    expect.objectContaining({ facts: { why: 'recipeChanged', file: changed } }),
  );
  expect(() => readRecipe(path.join(root, 'report.html'))).toThrow(
    expect.objectContaining({ facts: { why: 'recipeNone', file: path.join(root, 'report.html') } }),
  );
});

test('a report on folds is made again to its end: the same folds, and each run on its own', async () => {
  const [first, second] = [path.join(root, 'folds-one'), path.join(root, 'folds-two')];
  const told = path.join(root, 'folds.html');
  let registry = Registry.open(first);
  const { dataset } = await importPath({ registry, folder: scans, name: 'phantoms' });
  await currentCheck({ registry, datasetId: dataset.id });
  const folds = makeFolds({ registry, datasetId: dataset.id, folds: 2, validation: 0.2, seed: 3 });
  const runIds: string[] = [];
  for (const { split } of folds) {
    const overrides = { weights: 'none', imageSize: 32, epochs: 1, batchSize: 8, seed: 5 } as const;
    const home = { registry, home: first };
    const [run] = await queueRuns({ ...home, splitId: split.id, networks: ['mobilenetv2'], overrides });
    await runQueue(home);
    await evaluateRun({ ...home, runId: run!.id });
    runIds.push(run!.id);
  }
  await writeReport(told, { registry, runIds, language: 'en' });
  registry.close();
  const recipe = readRecipe(told.replace(/html$/, 'reproduce.json'));
  expect(recipe.runs.map(({ fold }) => fold)).toEqual([0, 1]);
  expect(recipe.runs[0]!.weights).not.toBe(recipe.runs[1]!.weights);

  registry = Registry.open(second);
  try {
    const again = await reproduce({ registry, home: second, recipe, images: { folder: scans } });
    expect(again.split).toMatchObject({ same: true, hash: recipe.split.folds[0] });
    expect(again.runs.map(({ outcome, weights: { found } }) => [outcome, found])).toEqual(
      recipe.runs.map((run) => ['same', run.weights]),
    );
    expect(again.runs.map(({ id }) => registry.splits.get(registry.runs.get(id).splitId).hash)).toEqual(
      recipe.split.folds,
    );
  } finally {
    registry.close();
  }
});
