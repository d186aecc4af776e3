import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('makes the tables of an empty registry, with their references', () => {
  const db = new SQLite(':memory:');
  migrate(db, migrations.slice(0, 1));
  const tables = db.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
  );
  expect(tables.pluck().all()).toEqual([
    'datasets',
    'epochs',
    'images',
    'metrics',
    'parts',
    'predictions',
    'quarantined',
    'runs',
    'splits',
    'testPredictions',
  ]);
  const references = (table: string) =>
    (db.pragma(`foreign_key_list(${table})`) as { from: string; table: string }[])
      .map(({ from, table }) => `${from} → ${table}`)
      .sort();
  expect(references('images')).toEqual(['datasetId → datasets']);
  expect(references('parts')).toEqual(['imageId → images', 'splitId → splits']);
  expect(references('runs')).toEqual(['splitId → splits']);
  expect(references('testPredictions')).toEqual(['imageId → images', 'runId → runs']);
});
