import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const hash = (digit: string) => digit.repeat(64);

test('keeps the splits that are there, in use, and makes a trail that only grows', () => {
  const db = new SQLite(':memory:');
  migrate(db, migrations.slice(0, 8));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash) VALUES ('ds-1', 'a', '/a', 't', '[]', 'x', 'h');
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', 't', 'grouped', 7, 0.2, 0.1, 'h');
  `);
  migrate(db, migrations.slice(0, 9));
  expect(db.prepare('SELECT id, removed FROM splits').all()).toEqual([{ id: 'sp-1', removed: null }]);

  const add = (number: number, previous: string, own: string, how = '') =>
    db.prepare(`INSERT ${how} INTO auditTrail VALUES (?, ?, ?, '{}')`).run(number, previous, own);
  add(1, hash('0'), hash('a'));
  add(2, hash('a'), hash('b'));
  expect(() => db.exec(`UPDATE auditTrail SET entry = '[]'`)).toThrow('never changed');
  expect(() => db.exec('DELETE FROM auditTrail WHERE number = 2')).toThrow(
    'nothing of the audit trail is deleted',
  );
  expect(() => add(4, hash('b'), hash('c'))).toThrow('goes on from its last entry');
  expect(() => add(3, hash('a'), hash('c'))).toThrow('goes on from its last entry');
  expect(() => add(2, hash('a'), hash('c'), 'OR REPLACE')).toThrow('goes on from its last entry');
  expect(db.prepare('SELECT number, hash FROM auditTrail').raw().all()).toEqual([
    [1, hash('a')],
    [2, hash('b')],
  ]);
});
