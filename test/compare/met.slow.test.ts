import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentCheck } from '../../src-main/check/check-handlers.ts';
import { validateRuns } from '../../src-main/compare/validate.ts';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { fittedOf } from '../../src-main/evaluate/fitted.ts';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { importPath } from '../../src-main/import/import-path.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { queueOne } from '../train/scans.ts';

/* What a run trained on half of its split's training set has seen: that half only. */

const home = mkdtempSync(path.join(tmpdir(), 'falx-met-'));
const [scans, copied] = [path.join(home, 'scans'), path.join(home, 'copied')];
const registry = Registry.open(home);
let runId: string;
let had: Set<number>;
/** The original dataset's files by name, as in the copy. */
const partOf = new Map<string, string | null>();

beforeAll(async () => {
  await writeDemo(scans, { perClass: 30, size: 48 });
  cpSync(scans, copied, { recursive: true });
  const { dataset } = await importPath({ registry, folder: scans, name: 'own' });
  await currentCheck({ registry, datasetId: dataset.id });
  const { split } = makeSplit({ registry, datasetId: dataset.id, test: 0.2, validation: 0.2 });
  const overrides = { imageSize: 32, epochs: 1, batchSize: 8, trainShare: 0.5 };
  ({ id: runId } = await queueOne(registry, home, overrides, split.id));
  await runQueue({ registry, home });
  await evaluateRun({ registry, home, runId });
  had = registry.trainingShares.get(runId)!;
  const parts = new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part]));
  for (const { id, file } of registry.images.list(dataset.id)) {
    const part = parts.get(id) ?? null;
    partOf.set(file, part === 'train' && !had.has(id) ? 'left' : part);
  }
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

const filesOf = (part: string) => [...partOf].flatMap(([file, its]) => (its === part ? [file] : []));

test('half of the training set is kept as what it was trained on', () => {
  const [trained, left] = [filesOf('train').length, filesOf('left').length];
  expect(trained).toBe(had.size);
  expect(trained / (trained + left)).toBeCloseTo(0.5, 1);
});

test('twins are looked for among what it was trained on and chosen by', () => {
  const { owners, validation } = fittedOf(registry.runs.get(runId))!.fitted.twins;
  expect(new Set(owners)).toEqual(new Set([...had, ...validation]));
});

test('a scan of the other half is not called met in training', async () => {
  const part = (name: string) => filesOf(name).map((file) => path.join(copied, file));
  const isMet = async (files: string[]) =>
    (await predictFiles({ registry, home, runs: [{ id: runId }], files })).map(({ notices }) =>
      notices.find(({ code }) => code === 'noticeTwin'),
    );
  for (const met of await isMet(part('train'))) expect(met).toMatchObject({ part: 'train', how: 'same' });
  for (const met of await isMet(part('left'))) expect(met).toBeUndefined();
});

test('another dataset of the same scans shows what the run met, and what it did not', async () => {
  const { dataset } = await importPath({ registry, folder: copied, name: 'copy' });
  await validateRuns({ registry, home, runIds: [runId], datasetId: dataset.id });
  const seen = new Map(
    registry.studies.validation(runId, dataset.id)!.answers.map((answer) => [answer.imageId, answer.seen]),
  );
  for (const { id, file } of registry.images.list(dataset.id)) {
    const part = partOf.get(file)!;
    expect(seen.get(id), file).toBe(part === 'left' ? null : part);
  }
});
