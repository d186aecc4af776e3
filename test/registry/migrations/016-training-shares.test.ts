import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('has room for the scans that a run was trained on, which go with the run', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 15));
  const [hash, created] = ['a'.repeat(64), '2026-01-02T03:04:05.678Z'];
  const run = (id: string) =>
    `('${id}', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/runs/${id}', '${created}', '{}')`;
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'ds-1', '/scans', '${created}', '["A","B"]', 'B', '${hash}');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions)
      VALUES ${run('run-1')}, ${run('run-2')};
  `);
  migrate(db, migrations.slice(0, 16));
  db.exec(`INSERT INTO trainingShares VALUES ('run-1', '[1,2]'), ('run-2', '[2]')`);
  for (const row of [`('run-1', '[3]')`, `('run-3', '[3]')`])
    expect(() => db.exec(`INSERT INTO trainingShares VALUES ${row}`)).toThrow(/constraint/i);
  db.exec(`DELETE FROM runs WHERE id = 'run-1'`);
  expect(db.prepare('SELECT * FROM trainingShares').all()).toEqual([{ runId: 'run-2', imageIds: '[2]' }]);
});
