import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const version = (db: SQLite.Database) => db.pragma('user_version', { simple: true });

test('are all in the list, each file by its number, and each has its test', () => {
  const named = (folder: string, ending: string) =>
    readdirSync(join(import.meta.dirname, folder))
      .filter((file) => /^\d{3}-/.test(file))
      .map((file) => file.replace(ending, ''))
      .sort();
  const files = named('../../../src-main/registry/migrations', '.ts');
  expect(files.map((file) => Number(file.slice(0, 3)))).toEqual(migrations.map(({ number }) => number));
  expect(named('.', '.test.ts')).toEqual(files);
});

test('are numbered from 1 without gaps', () => {
  expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, index) => index + 1));
});

test('run once each, in order, and keep the rows that are there', () => {
  const db = new SQLite(':memory:');
  const first = { number: 1, sql: 'CREATE TABLE scans (file TEXT)' };
  const second = { number: 2, sql: `ALTER TABLE scans ADD COLUMN side TEXT NOT NULL DEFAULT 'left'` };
  migrate(db, [first]);
  db.exec(`INSERT INTO scans VALUES ('a.png'), ('b.png')`);
  migrate(db, [first, second]);
  migrate(db, [first, second]);
  expect(version(db)).toBe(2);
  expect(db.prepare('SELECT * FROM scans').all()).toEqual([
    { file: 'a.png', side: 'left' },
    { file: 'b.png', side: 'left' },
  ]);
});

test('leave the database as it was when one of them fails', () => {
  const db = new SQLite(':memory:');
  const steps = [
    { number: 1, sql: 'CREATE TABLE scans (file TEXT)' },
    { number: 2, sql: 'CREATE TABLE other (file TEXT); INSERT INTO nowhere VALUES (1)' },
  ];
  expect(() => migrate(db, steps)).toThrow(/nowhere/);
  expect(version(db)).toBe(0);
  expect(db.prepare('SELECT name FROM sqlite_master').all()).toEqual([]);
});

test('refuse a database that a newer Falx wrote', () => {
  const db = new SQLite(':memory:');
  db.pragma(`user_version = ${migrations.length + 1}`);
  expect(() => migrate(db)).toThrow(
    expect.objectContaining({ code: 'registry', message: expect.stringMatching(/newer Falx/) }),
  );
});
