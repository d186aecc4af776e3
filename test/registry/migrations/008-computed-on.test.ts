import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('says of earlier runs that it is not known what they were computed on, and nothing else of them changes', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 7));
  const hash = 'a'.repeat(64);
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '2026-01-02T03:04:05.678Z', '["A","B"]', 'B', '${hash}');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '2026-01-02T03:04:05.678Z', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions, device)
      VALUES ('run-1', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/runs/run-1',
              '2026-01-02T03:04:05.678Z', '{}', 'GPU');
  `);
  const before = db.prepare('SELECT * FROM runs').get() as object;
  migrate(db, migrations.slice(0, 8));
  expect(db.prepare('SELECT * FROM runs').get()).toEqual({ ...before, computedOn: null });
  expect(() => db.exec(`UPDATE runs SET computedOn = '{'`)).toThrow(/constraint/i);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
