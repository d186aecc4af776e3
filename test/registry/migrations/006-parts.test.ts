import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);

test('keeps the parts of every split, image by image, and counts their classes', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 5));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO images (id, datasetId, file, className, sha256, bytes, format, width, height)
      SELECT i, 'ds-1', i || '.png', iif(i % 3, 'Healthy', 'Tumour'), '${hash}', 1, 'png', 8, 8 FROM n;
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}'),
             ('sp-2', 'ds-1', '${created}', 'stratified', 8, 0.2, 0.1, '${hash}'),
             ('sp-none', 'ds-1', '${created}', 'stratified', 8, 0.2, 0.1, '${hash}');
    INSERT INTO parts SELECT 'sp-1', id, iif(id < 3, 'test', iif(id = 12, 'validation', 'train')) FROM images;
    INSERT INTO parts SELECT 'sp-2', id, iif(id % 2, 'test', 'train') FROM images WHERE id <> 7;
  `);
  const before = db.prepare('SELECT splitId, part, imageId FROM parts ORDER BY splitId, imageId').all();
  const counts = db
    .prepare(
      `SELECT splitId, part, className, count(*) AS count FROM parts JOIN images ON images.id = imageId
       GROUP BY splitId, part, className ORDER BY splitId, part, className`,
    )
    .all();

  migrate(db, migrations.slice(0, 6));

  const after =
    'SELECT splitId, part, value AS imageId FROM parts, json_each(imageIds) ORDER BY splitId, value';
  expect(db.prepare(after).all()).toEqual(before);
  const classes = `SELECT splitId, part, key AS className, value AS count FROM parts, json_each(classes)
    ORDER BY splitId, part, key`;
  expect(db.prepare(classes).all()).toEqual(counts);
  expect(
    db.prepare(`SELECT imageIds FROM parts WHERE splitId = 'sp-1' AND part = 'test'`).pluck().get(),
  ).toBe('[1,2]');
  db.exec(`DELETE FROM splits WHERE id = 'sp-2'`);
  expect(db.prepare('SELECT DISTINCT splitId FROM parts').pluck().all()).toEqual(['sp-1']);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
