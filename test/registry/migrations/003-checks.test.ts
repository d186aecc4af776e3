import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);

/** A registry as written by the previous version: two datasets, one of them with two images in a split. */
function seed(): SQLite.Database {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 2));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}'),
             ('ds-2', 'others', '/others', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    INSERT INTO images (datasetId, file, className, sha256, bytes, format, width, height, givenPart)
      VALUES ('ds-1', 'Healthy/a.png', 'Healthy', '${hash}', 10, 'png', 8, 6, NULL),
             ('ds-1', 'Tumour/b.png', 'Tumour', '${hash}', 10, 'png', 8, 6, 'test');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO parts VALUES ('sp-1', 1, 'train'), ('sp-1', 2, 'test');
  `);
  return db;
}

test('keeps every row as it was, and knows nothing yet of frames, patients and certificates', () => {
  const db = seed();
  const tables = ['datasets', 'images', 'splits', 'parts'];
  const all = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all() as object[];
  const before = new Map(tables.map((table) => [table, all(table)]));

  migrate(db, migrations.slice(0, 3));

  const added: Record<string, object> = {
    images: { frame: null, patient: null, facts: null },
    splits: { certificate: null, fold: null },
  };
  for (const table of tables)
    expect(all(table), table).toEqual(before.get(table)!.map((row) => ({ ...row, ...added[table] })));
  for (const table of ['checks', 'twins', 'decisions', 'shortcutAudits', 'secrets'])
    expect(all(table), table).toEqual([]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('lets twins go with their images, and all of a check with its dataset', () => {
  const db = seed();
  migrate(db, migrations.slice(0, 3));
  const twins = `INSERT INTO twins (datasetId, firstId, otherId, correlation, detail) VALUES ('ds-1', 1, 2, 1, 1)`;
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  db.exec(`DELETE FROM parts; DELETE FROM splits; ${twins}; DELETE FROM images WHERE id = 2`);
  expect(count('twins')).toBe(0);
  db.exec(`
    INSERT INTO images (id, datasetId, file, className, sha256, bytes, format, width, height)
      VALUES (2, 'ds-1', 'Tumour/b.png', 'Tumour', '${hash}', 10, 'png', 8, 6);
    ${twins};
    INSERT INTO checks VALUES ('ds-1', '{}'), ('ds-2', '{}');
    INSERT INTO shortcutAudits VALUES ('ds-1', '{}');
    INSERT INTO decisions (datasetId, kind, imageIds, created) VALUES ('ds-1', 'drop', '[1]', '${created}');
    DELETE FROM datasets WHERE id = 'ds-1';
  `);
  expect(['twins', 'checks', 'decisions', 'shortcutAudits'].map(count)).toEqual([0, 1, 0, 0]);
});

test.each([
  [
    'a kind of decision that is none',
    `INSERT INTO decisions (datasetId, kind, imageIds, created) VALUES ('ds-1', 'burn', '[1]', '')`,
  ],
  ['a record that is no JSON', `INSERT INTO checks VALUES ('ds-1', 'twins')`],
  ['facts that are no JSON', `UPDATE images SET facts = 'x'`],
  ['twins of an image that is not there', `INSERT INTO twins VALUES ('ds-1', 1, 9, 1, 1, NULL)`],
])('refuses %s', (_, sql) => {
  const db = seed();
  migrate(db, migrations.slice(0, 3));
  expect(() => db.exec(sql)).toThrow(/constraint failed/);
});
