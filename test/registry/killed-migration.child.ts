import path from 'node:path';
import SQLite from 'better-sqlite3';
import { backUp } from '../../src-main/registry/backups.ts';
import { migrate, migrations } from '../../src-main/registry/migrations/migrations.ts';

/** Migrates a home folder's registry and is killed after the last step, before it is committed. */
const file = path.join(process.argv[2]!, 'registry.sqlite');
const db = new SQLite(file);
db.pragma('journal_mode = WAL');
db.function('die', () => {
  process.kill(process.pid, 'SIGKILL');
  return 0;
});
const last = { number: migrations.length + 1, sql: 'CREATE TABLE later (file TEXT); SELECT die()' };
migrate(db, [...migrations, last], (format) => void backUp(file, format));
