import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);

test('keeps every dataset and its quarantine as they were, whole and of an unknown source', () => {
  const db = new SQLite(':memory:');
  migrate(db, migrations.slice(0, 3));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    INSERT INTO quarantined VALUES ('ds-1', 'Healthy/report.txt', 'Not an image.');
  `);
  const all = (table: string) => db.prepare(`SELECT * FROM ${table}`).all() as object[];
  const before = { datasets: all('datasets'), quarantined: all('quarantined') };

  migrate(db, migrations.slice(0, 4));

  expect(all('datasets')).toEqual(before.datasets.map((row) => ({ ...row, storedBy: null, source: null })));
  expect(all('quarantined')).toEqual(
    before.quarantined.map((row) => ({ ...row, className: null, givenPart: null, patient: null })),
  );
  expect(all('files')).toEqual([]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
