import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';
import { falxVersion } from '../../../src-main/version.ts';

test('notes from then on which Falx brought the registry to which format', () => {
  const db = new SQLite(':memory:');
  migrate(db, migrations.slice(0, 6));
  expect(db.prepare(`SELECT name FROM sqlite_master WHERE name = 'formats'`).all()).toEqual([]);
  migrate(db, migrations.slice(0, 7));
  migrate(db, [...migrations.slice(0, 7), { number: 8, sql: 'CREATE TABLE later (file TEXT) STRICT' }]);
  expect(db.prepare('SELECT number, falx FROM formats').all()).toEqual([
    { number: 7, falx: falxVersion() },
    { number: 8, falx: falxVersion() },
  ]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
