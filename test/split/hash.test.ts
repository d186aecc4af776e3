import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { requireWholeSplit } from '../../src-main/split/hash.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { addDataset, HEALTHY, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let splitId: string;
beforeEach(() => {
  made = newRegistry();
  const told = Array.from({ length: 60 }, (_, i) => ({
    name: `${i}.png`,
    className: i % 2 ? TUMOUR : HEALTHY,
  }));
  addDataset(made.registry, 'ds-1', told);
  const { split } = makeSplit({ registry: made.registry, datasetId: 'ds-1' });
  splitId = split.id;
  made.registry.runs.add({
    ...sample.run('run-1', splitId),
    splitHash: split.hash,
    datasetHash: 'a'.repeat(64),
  });
});
afterEach(() => made.remove());

/** Changes the registry behind Falx's back. */
function tamper(sql: string, ...values: unknown[]): void {
  const db = new SQLite(path.join(made.home, 'registry.sqlite'));
  const { changes } = db.prepare(sql).run(...values);
  db.close();
  expect(changes).toBe(1);
}
const changed = expect.objectContaining({
  code: 'bad-split',
  message: expect.stringContaining('is not what it was when it was made'),
  facts: expect.objectContaining({ why: 'splitChanged' }),
});
/** Moves one image of the test part to the training part, or into it as well. */
function moveIntoTraining({ stays }: { stays: boolean }): void {
  const parts = made.registry.parts.list(splitId);
  const moved = parts.find(({ part }) => part === 'test')!.imageId;
  const idsOf = (part: string) => parts.filter((one) => one.part === part).map(({ imageId }) => imageId);
  const set = 'UPDATE parts SET imageIds = ? WHERE splitId = ? AND part = ?';
  const train = [...idsOf('train'), moved].sort((a, b) => a - b);
  tamper(set, JSON.stringify(train), splitId, 'train');
  if (!stays) tamper(set, JSON.stringify(idsOf('test').filter((id) => id !== moved)), splitId, 'test');
}

test('a split as it was made is whole', async () => {
  await expect(requireWholeSplit(made.registry, made.registry.runs.get('run-1'))).resolves.toBeUndefined();
});

test.each([
  ['a test image that moved to the training part', () => moveIntoTraining({ stays: false })],
  ['a test image that is in the training part as well', () => moveIntoTraining({ stays: true })],
  [
    'an image of other contents',
    () => tamper(`UPDATE images SET sha256 = ? WHERE id = (SELECT min(id) FROM images)`, 'f'.repeat(64)),
  ],
  ['a run that was queued with another split', () => tamper('UPDATE runs SET splitHash = ?', 'e'.repeat(64))],
])('%s is found before training and before evaluation', async (_, spoil) => {
  spoil();
  const { registry, home } = made;
  await expect(requireWholeSplit(registry, registry.runs.get('run-1'))).rejects.toEqual(changed);
  const [run] = await runQueue({ registry, home, runIds: ['run-1'] });
  expect(run).toMatchObject({ status: 'failed', errorFacts: { why: 'splitChanged', split: splitId } });
  registry.runs.update('run-1', { status: 'done' });
  await expect(evaluateRun({ registry, home, runId: 'run-1' })).rejects.toEqual(changed);
});
