import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);

/** A registry as written by the first version: one dataset, one split, two runs, one prediction. */
function seed(): SQLite.Database {
  const db = new SQLite(':memory:');
  migrate(db, migrations.slice(0, 1));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    INSERT INTO images (datasetId, file, className, sha256, bytes, format, width, height)
      VALUES ('ds-1', 'Healthy/a.png', 'Healthy', '${hash}', 10, 'png', 8, 6);
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions, pid)
      VALUES ('run-1', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/runs/1', '${created}', '{}', NULL),
             ('run-2', 'sp-1', 'resnet50', 'queued', '{}', '${hash}', '${hash}', '/runs/2', '${created}', '{}', NULL);
    INSERT INTO predictions (runId, file, sha256, probability, label, positive, milliseconds, error, created)
      VALUES ('run-1', '/scans/a.png', '${hash}', 0.75, 'Tumour', 1, 4.5, NULL, '${created}');
  `);
  return db;
}

test('keeps every row as it was, and gives the new columns what was true before', () => {
  const db = seed();
  const tables = ['datasets', 'images', 'splits', 'runs', 'predictions'];
  const all = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all() as object[];
  const before = new Map(tables.map((table) => [table, all(table)]));

  migrate(db, migrations.slice(0, 2));

  const added: Record<string, object> = {
    datasets: { removed: null, warnings: '[]', positiveSure: 1 },
    runs: { name: null, tags: '[]', notes: '', removed: null },
    predictions: { threshold: 0.5 },
  };
  for (const table of tables)
    expect(all(table), table).toEqual(
      before.get(table)!.map((row, index) => ({
        ...row,
        ...added[table],
        ...(table === 'runs' ? { queuePosition: index + 1 } : {}),
      })),
    );
  expect(db.prepare('SELECT * FROM preferences').all()).toEqual([]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('keeps one row of preferences', () => {
  const db = seed();
  migrate(db);
  db.exec(`INSERT INTO preferences VALUES (1, '{}')`);
  expect(() => db.exec(`INSERT INTO preferences VALUES (2, '{}')`)).toThrow(/CHECK/);
});
