import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IMPORTED_SPLIT } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import {
  emptyExpired,
  emptyTrash,
  putInTrash,
  takeFromTrash,
  trash,
} from '../../src-main/trash/trash-handlers.ts';
import * as sample from '../registry/sample-records.ts';

let home: string;
let scans: string;
let registry: Registry;

/** A dataset of a person's own folder, with a split and two runs that have models. */
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-trash-'));
  scans = mkdtempSync(path.join(tmpdir(), 'falx-scans-'));
  writeFileSync(path.join(scans, 'a.png'), 'a scan');
  registry = Registry.open(home);
  registry.transaction(() => {
    registry.datasets.add({ ...sample.dataset('ds-1'), folder: scans }, [sample.image('a.png')], []);
    registry.splits.add(sample.split('sp-1', 'ds-1'), [
      { imageId: registry.images.list('ds-1')[0]!.id, part: 'test' },
    ]);
    for (const id of ['run-1', 'run-2']) {
      registry.runs.add({ ...sample.run(id, 'sp-1'), status: 'done', folder: path.join(home, 'runs', id) });
      registry.testPredictions.replace(id, [
        { imageId: registry.images.list('ds-1')[0]!.id, probability: 0.5 },
      ]);
    }
  });
  for (const id of ['run-1', 'run-2']) {
    mkdirSync(path.join(home, 'runs', id, 'variables'), { recursive: true });
    writeFileSync(path.join(home, 'runs', id, 'variables', 'all'), Buffer.alloc(1000));
  }
  mkdirSync(path.join(home, 'cache'));
  writeFileSync(path.join(home, 'cache', 'ds-1-96-black.pixels'), Buffer.alloc(500));
  writeFileSync(path.join(home, 'cache', 'ds-10-96-black.pixels'), Buffer.alloc(500));
  for (const id of ['ds-1', 'ds-10'])
    writeFileSync(path.join(home, 'cache', `${id}-check.json`), Buffer.alloc(20));
});
afterEach(() => {
  registry.close();
  for (const folder of [home, scans]) rmSync(folder, { recursive: true, force: true });
});

describe('the trash', () => {
  test('takes a run, which comes back as it was', async () => {
    const before = registry.runs.get('run-1');
    putInTrash(registry, 'run-1');
    expect(registry.runs.list().map(({ id }) => id)).toEqual(['run-2']);
    expect(await trash(registry)).toMatchObject([{ kind: 'run', id: 'run-1', bytes: 1000, under: null }]);
    takeFromTrash(registry, 'run-1');
    expect(registry.runs.get('run-1')).toEqual(before);
    expect(await trash(registry)).toEqual([]);
  });

  test('takes a split with its runs, and a dataset with all; each is 30 days there', async () => {
    putInTrash(registry, 'sp-1', new Date('2026-03-01T00:00:00.000Z'));
    expect([registry.splits.list(), registry.runs.list()]).toEqual([[], []]);
    expect(await trash(registry)).toMatchObject([
      { kind: 'split', id: 'sp-1', expires: '2026-03-31T00:00:00.000Z', bytes: 2000, runs: 2 },
    ]);
    putInTrash(registry, 'ds-1');
    expect((await trash(registry)).map(({ id, under, bytes, splits }) => [id, under, bytes, splits])).toEqual(
      [
        ['ds-1', null, 2520, 1],
        ['sp-1', 'ds-1', 2000, 0],
      ],
    );
    expect(() => takeFromTrash(registry, 'sp-1')).toThrow(
      expect.objectContaining({ facts: { why: 'trashUnder', id: 'sp-1', under: 'ds-1' } }),
    );
    takeFromTrash(registry, 'ds-1');
    takeFromTrash(registry, 'sp-1');
    expect(registry.runs.list()).toHaveLength(2);
  });

  test('refuses what is being trained, and says so', () => {
    registry.runs.update('run-1', { status: 'running' });
    for (const [id, why] of [
      ['run-1', 'runInTraining'],
      ['sp-1', 'splitInTraining'],
      ['ds-1', 'datasetInTraining'],
    ] as const)
      expect(() => putInTrash(registry, id)).toThrow(
        expect.objectContaining({ facts: expect.objectContaining({ why }) as unknown }),
      );
  });

  test('is emptied of models, pixels and records, and leaves a person’s own scans alone', async () => {
    putInTrash(registry, 'ds-1');
    const told: string[] = [];
    const deleted = await emptyTrash(registry, {
      beforeRun: (run) => {
        told.push(run.id);
        return Promise.resolve();
      },
    });
    expect(deleted).toEqual({ ids: ['ds-1'], bytes: 2520 });
    expect(told).toEqual(['run-1', 'run-2']);
    expect(registry.datasets.list({ removed: 'any' })).toEqual([]);
    expect(
      ['runs/run-1', 'runs/run-2', 'cache/ds-1-96-black.pixels', 'cache/ds-1-check.json'].filter((name) =>
        existsSync(path.join(home, name)),
      ),
    ).toEqual([]);
    for (const name of ['ds-10-96-black.pixels', 'ds-10-check.json'])
      expect(existsSync(path.join(home, 'cache', name))).toBe(true);
    expect(existsSync(path.join(scans, 'a.png'))).toBe(true);
    const actions = registry.audit
      .newest(5)
      .map(({ entry }) => `${entry.action} ${String(entry.facts['id'])}`);
    expect(actions).toEqual([
      'deleted ds-1',
      'deleted sp-1',
      'deleted run-2',
      'deleted run-1',
      'removed ds-1',
    ]);
  });

  test('takes along scans that lie in Falx’s own folder, unless something else is of them', async () => {
    const own = path.join(home, 'demo', '1');
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, 'a.png'), 'drawn');
    for (const id of ['ds-2', 'ds-3'])
      registry.datasets.add({ ...sample.dataset(id), folder: own }, [sample.image('a.png')], []);
    putInTrash(registry, 'ds-2');
    await emptyTrash(registry);
    expect(existsSync(own)).toBe(true);
    putInTrash(registry, 'ds-3');
    await emptyTrash(registry);
    expect(existsSync(own)).toBe(false);
    expect(existsSync(path.join(home, 'demo'))).toBe(true);
  });

  test('takes along the empty split and dataset of a model from another program, once its last run goes', async () => {
    const folder = path.join(home, 'runs', 'run-3');
    registry.datasets.add({ ...sample.dataset('ds-keras'), folder: '' }, [], []);
    registry.splits.addStored({ ...sample.split('sp-keras', 'ds-keras'), method: IMPORTED_SPLIT }, []);
    registry.runs.add({ ...sample.run('run-3', 'sp-keras'), status: 'done', folder });
    const before = [
      registry.runs.get('run-3'),
      registry.splits.get('sp-keras'),
      registry.datasets.get('ds-keras'),
    ];
    putInTrash(registry, 'run-3');
    takeFromTrash(registry, 'run-3');
    expect([
      registry.runs.get('run-3'),
      registry.splits.get('sp-keras'),
      registry.datasets.get('ds-keras'),
    ]).toEqual(before);
    // What else is emptied leaves it alone.
    putInTrash(registry, 'run-1');
    await emptyTrash(registry);
    expect(registry.runs.list().map(({ id }) => id)).toEqual(['run-2', 'run-3']);
    putInTrash(registry, 'run-3');
    await emptyTrash(registry);
    expect(registry.splits.list(undefined, { removed: 'any' }).map(({ id }) => id)).toEqual(['sp-1']);
    expect(registry.datasets.list({ removed: 'any' }).map(({ id }) => id)).toEqual(['ds-1']);
  });

  test('lets nothing go that is not in it', async () => {
    putInTrash(registry, 'run-1');
    await expect(emptyTrash(registry, { ids: ['run-1', 'run-2'] })).rejects.toThrow(
      expect.objectContaining({ facts: { why: 'notInTrash', id: 'run-2' } }),
    );
    expect(registry.runs.get('run-1').removed).not.toBeNull();
  });

  test('lets go by itself what has been there for more than 30 days', async () => {
    putInTrash(registry, 'run-1', new Date('2026-01-01T00:00:00.000Z'));
    putInTrash(registry, 'run-2', new Date('2026-01-20T00:00:00.000Z'));
    expect(await emptyExpired(registry, undefined, Date.parse('2026-01-31T00:00:00.000Z'))).toMatchObject({
      ids: [],
    });
    expect(await emptyExpired(registry, undefined, Date.parse('2026-01-31T00:00:00.001Z'))).toMatchObject({
      ids: ['run-1'],
      bytes: 1000,
    });
    expect(registry.runs.list({ removed: true }).map(({ id }) => id)).toEqual(['run-2']);
  });
});
