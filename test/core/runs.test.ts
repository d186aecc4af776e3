import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runViews } from '../../src-main/core/run-views.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';
import { expectWithin } from '../timed.ts';

const place = newHome();
let made: TestCore;

/** A finished run with its folder. */
function done(id: string, folder = path.join(place.home, 'runs', id)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'falx.json'), '{}');
  return { ...sample.run(id, 'sp-1'), status: 'done' as const, folder, bestEpoch: 2 };
}

beforeAll(async () => {
  made = await openTestCore(place.home, (registry) => {
    registry.datasets.add(sample.dataset('ds-1', 'scans'), [sample.image('a.png')], []);
    registry.splits.add(sample.split('sp-1', 'ds-1'), []);
    registry.runs.add(done('run-1'));
    registry.runs.add(done('run-2'));
    registry.runs.add(done('run-3', path.join(place.home, 'elsewhere')));
    for (const number of [1, 2, 3])
      registry.epochs.add('run-1', { ...sample.epoch(number), validationAccuracy: number / 4 });
    registry.metrics.put(sample.metrics('run-1'));
  });
});
afterAll(async () => {
  await made.close();
  place.remove();
});

describe('runs', () => {
  test('are listed with what is known of them, as each is by itself', async () => {
    const list = await made.client.runs.list({});
    expect(list.map(({ run }) => run.id)).toEqual(['run-1', 'run-2', 'run-3']);
    expect(list[0]).toMatchObject({
      datasetId: 'ds-1',
      datasetName: 'scans',
      positive: 'Brain Tumor',
      metrics: sample.metrics('run-1'),
      epochsDone: 3,
      validationAccuracy: 0.5, // of the second epoch, the best
      hasModel: true,
    });
    expect(list[1]).toMatchObject({ metrics: null, epochsDone: 0, validationAccuracy: null });
    for (const view of list) expect(await made.client.runs.get({ runId: view.run.id })).toEqual(view);
  });

  test('have their epochs in the order asked', async () => {
    const found = await made.client.runs.epochs({ runIds: ['run-2', 'run-1'] });
    expect(found.map(({ runId, epochs }) => [runId, epochs.length])).toEqual([
      ['run-2', 0],
      ['run-1', 3],
    ]);
    await expect(made.client.runs.epochs({ runIds: ['run-none'] })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('keep what is not changed, and lose a name that is cleared', async () => {
    const described = made.heard((event) => event.kind === 'changed' && event.table === 'runs');
    await made.client.runs.describe({ runId: 'run-1', name: ' First ', tags: ['a', 'b', 'a'], notes: 'n' });
    await described;
    expect(await made.client.runs.describe({ runId: 'run-1', name: '' })).toMatchObject({
      run: { name: null, tags: ['a', 'b'], notes: 'n' },
    });
  });
});

describe('a run that could not evaluate its test part', () => {
  test('says why wherever it is shown, until it has', async () => {
    const job = await made.client.compare.evaluate({ runIds: ['run-2'] });
    expect(await made.core.jobs.settled(job.id)).toMatchObject({ state: 'failed' });
    const evaluationError = {
      code: 'bad-split',
      message: expect.stringMatching(/sp-1 has no test set/) as string,
      facts: expect.objectContaining({ split: 'sp-1', run: 'run-2' }) as object,
    };
    expect(await made.client.runs.get({ runId: 'run-2' })).toMatchObject({ evaluationError });
    const list = await made.client.runs.list({});
    expect(list.map((view) => view.evaluationError?.code)).toEqual([undefined, 'bad-split', undefined]);

    made.core.registry.metrics.put(sample.metrics('run-2'));
    expect(await made.client.runs.get({ runId: 'run-2' })).toMatchObject({ evaluationError: null });
  });
});

describe('removing', () => {
  test('hides and can be undone; in use nothing is deleted for good', async () => {
    await made.client.runs.remove({ runIds: ['run-2'] });
    expect((await made.client.runs.list({})).map(({ run }) => run.id)).toEqual(['run-1', 'run-3']);
    expect((await made.client.runs.list({ removed: true })).map(({ run }) => run.id)).toEqual(['run-2']);
    await made.client.runs.restore({ runIds: ['run-2'] });
    await expect(made.client.runs.purge({ runIds: ['run-2'] })).rejects.toMatchObject({
      code: 'bad-run',
      message: expect.stringMatching(/is in use/),
    });
    expect(existsSync(path.join(place.home, 'runs', 'run-2'))).toBe(true);
  });

  test('for good takes folder, records and the choice of the model, and no folder outside of runs', async () => {
    await made.client.app.setPreferences({
      model: { runId: 'run-2', threshold: 0.3 },
      thresholds: { 'run-1': 0.4, 'run-3': 0.6 },
    });
    await made.client.runs.remove({ runIds: ['run-2', 'run-3'] });
    await made.client.runs.purge({ runIds: ['run-2', 'run-3'] });
    expect(existsSync(path.join(place.home, 'runs', 'run-2'))).toBe(false);
    expect(existsSync(path.join(place.home, 'elsewhere', 'falx.json'))).toBe(true);
    expect(await made.client.runs.list({ removed: true })).toEqual([]);
    const { model, thresholds } = await made.client.app.preferences();
    expect(model).toBeNull();
    expect(thresholds).toEqual({ 'run-1': 0.4 });
    await expect(made.client.runs.get({ runId: 'run-2' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each(['../run-1', 'run-1/../../x', '..', 'run_1', ''])('asks for no id like "%s"', async (runId) => {
    for (const verb of ['remove', 'restore', 'purge', 'epochs'] as const)
      await expect(made.client.runs[verb]({ runIds: [runId] })).rejects.toMatchObject({ code: 'bad-usage' });
    await expect(made.client.runs.get({ runId })).rejects.toMatchObject({ code: 'bad-usage' });
    await expect(made.client.training.log({ runId, lines: 1 })).rejects.toMatchObject({ code: 'bad-usage' });
  });
});

test('a thousand runs with epochs and metrics are listed in a moment', () => {
  const { home, remove } = newHome();
  const registry = Registry.open(home);
  try {
    registry.datasets.add(sample.dataset('ds-1'), [], []);
    registry.splits.add(sample.split('sp-1', 'ds-1'), []);
    registry.runs.add(sample.run('run-0', 'sp-1'));
    for (const number of [1, 2, 3]) registry.epochs.add('run-0', sample.epoch(number));
    registry.metrics.put(sample.metrics('run-0'));
    repeatRun(home, 999);
    const began = performance.now();
    expect(runViews(registry, false)).toHaveLength(1000);
    expectWithin(performance.now() - began, 300); // 0.1 s on an idle machine
  } finally {
    registry.close();
    remove();
  }
});

/** Copies one run's rows in bulk: single writes would sync the disk thousands of times. */
function repeatRun(home: string, times: number): void {
  const db = new SQLite(path.join(home, 'registry.sqlite'));
  try {
    for (const table of ['runs', 'epochs', 'metrics']) {
      const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const copied: Record<string, string> = {
        number: 'number + i',
        id: "'run-' || i",
        runId: "'run-' || i",
      };
      db.prepare(
        `WITH RECURSIVE count(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count WHERE i < ?)
         INSERT INTO ${table} (${columns.join()})
         SELECT ${columns.map((name) => copied[name] ?? name).join()} FROM ${table}, count WHERE ${table === 'runs' ? 'id' : 'runId'} = 'run-0'`,
      ).run(times);
    }
  } finally {
    db.close();
  }
}
