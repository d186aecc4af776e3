import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('says of earlier answers what the threshold said, and of files without one that they were refused', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 12));
  const [hash, created] = ['a'.repeat(64), '2026-01-02T03:04:05.678Z'];
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["A","B"]', 'B', '${hash}');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions)
      VALUES ('run-1', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/runs/run-1', '${created}', '{}');
    INSERT INTO predictions (runId, file, probability, label, positive, threshold, created) VALUES
      ('run-1', '/a.png', 0.9, 'B', 1, 0.5, '${created}'),
      ('run-1', '/b.png', 0.1, 'A', 0, 0.5, '${created}'),
      ('run-1', '/c.png', NULL, NULL, NULL, 0.5, '${created}');
  `);
  const before = db.prepare('SELECT * FROM predictions ORDER BY number').all() as object[];
  migrate(db, migrations.slice(0, 13));
  const added = { notices: '[]', calibrated: null, conformal: null };
  expect(db.prepare('SELECT * FROM predictions ORDER BY number').all()).toEqual(
    ['positive', 'negative', 'refused'].map((answer, i) => ({ ...before[i], answer, ...added })),
  );
  expect(() => db.exec(`UPDATE predictions SET answer = 'perhaps'`)).toThrow(/constraint/i);
  expect(() => db.exec(`UPDATE predictions SET notices = '['`)).toThrow(/constraint/i);
});
