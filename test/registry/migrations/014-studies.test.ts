import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('has room for what runs were put through, which goes with the run and with the dataset', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 13));
  const [hash, created] = ['a'.repeat(64), '2026-01-02T03:04:05.678Z'];
  const dataset = (id: string) => `('${id}', '${id}', '/scans', '${created}', '["A","B"]', 'B', '${hash}')`;
  const run = (id: string) =>
    `('${id}', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/runs/${id}', '${created}', '{}')`;
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ${dataset('ds-1')}, ${dataset('ds-2')};
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions)
      VALUES ${run('run-1')}, ${run('run-2')};
  `);
  migrate(db, migrations.slice(0, 14));
  db.exec(`
    INSERT INTO studies VALUES
      ('run-1', 'validation', 'ds-2', 'ds-2', '{}'),
      ('run-1', 'robustness', 'test', NULL, '{}'),
      ('run-2', 'robustness', 'test', NULL, '{}');
  `);
  const left = () => db.prepare('SELECT runId, kind FROM studies ORDER BY runId, kind').all();
  db.exec(`DELETE FROM datasets WHERE id = 'ds-2'`);
  expect(left()).toEqual([
    { runId: 'run-1', kind: 'robustness' },
    { runId: 'run-2', kind: 'robustness' },
  ]);
  db.exec(`DELETE FROM runs WHERE id = 'run-1'`);
  expect(left()).toEqual([{ runId: 'run-2', kind: 'robustness' }]);
  expect(() => db.exec(`INSERT INTO studies VALUES ('run-2', 'other', 'x', NULL, '{}')`)).toThrow(
    /constraint/i,
  );
});
