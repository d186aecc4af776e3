import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);

test('keeps every reason as the sentence it was, without facts', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 4));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    INSERT INTO quarantined (datasetId, file, reason) VALUES ('ds-1', 'Healthy/report.txt', 'Not an image.');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, error, versions, queuePosition)
      VALUES ('run-1', 'sp-1', 'resnet50', 'interrupted', '{}', '${hash}', '${hash}', '/runs/run-1', '${created}', 'It was broken off.', '{}', 1);
    INSERT INTO predictions (runId, file, threshold, error, created)
      VALUES ('run-1', '/scans/letter.txt', 0.5, 'Not an image.', '${created}');
  `);
  const all = (table: string) => db.prepare(`SELECT * FROM ${table}`).all() as object[];
  const before = { quarantined: all('quarantined'), predictions: all('predictions'), runs: all('runs') };

  migrate(db, migrations.slice(0, 5));

  expect(all('quarantined')).toEqual(before.quarantined.map((row) => ({ ...row, facts: null })));
  expect(all('predictions')).toEqual(before.predictions.map((row) => ({ ...row, facts: null })));
  expect(all('runs')).toEqual(before.runs.map((row) => ({ ...row, errorFacts: null })));
  expect(all('evaluationErrors')).toEqual([]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
