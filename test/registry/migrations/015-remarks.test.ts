import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

test('has room for remarks on scans, which go with the scan', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 14));
  const [hash, created] = ['a'.repeat(64), '2026-01-02T03:04:05.678Z'];
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'ds-1', '/scans', '${created}', '["A","B"]', 'B', '${hash}');
    INSERT INTO images (id, datasetId, file, className, sha256, bytes, format, width, height)
      VALUES (1, 'ds-1', 'A/1.png', 'A', '${hash}', 1, 'png', 1, 1), (2, 'ds-1', 'B/2.png', 'B', '${hash}', 1, 'png', 1, 1);
  `);
  migrate(db, migrations.slice(0, 15));
  db.exec(`INSERT INTO remarks VALUES (1, 'blurred', 0, '${created}'), (2, '', 1, '${created}')`);
  expect(() => db.exec(`INSERT INTO remarks VALUES (3, '', 1, '${created}')`)).toThrow(/constraint/i);
  db.exec('DELETE FROM images WHERE id = 1');
  expect(db.prepare('SELECT imageId FROM remarks').all()).toEqual([{ imageId: 2 }]);
});
