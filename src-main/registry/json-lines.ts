import { createHash } from 'node:crypto';
import SQLite from 'better-sqlite3';
import { falxVersion } from '../version.ts';

/** Left out by default: with it, anyone who knows a patient's id can find the patient's hash. */
const SECRET = 'secrets';

export type ExportCounts = { tables: number; rows: number; sha256: string };

/** Number of lines that `registryLines` makes of a registry as it is now, head and end included. */
export function rowsIn(file: string, { secrets = false } = {}): number {
  const db = new SQLite(file, { readonly: true, fileMustExist: true });
  try {
    const tables = db
      .prepare<[], { name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .all()
      .filter(({ name }) => secrets || name !== SECRET);
    const count = (name: string) =>
      db.prepare<[], number>(`SELECT count(*) FROM "${name}"`).pluck().get() ?? 0;
    return tables.reduce((sum, { name }) => sum + count(name), 2);
  } finally {
    db.close();
  }
}

/**
 * Everything in a registry as JSON Lines, as of one moment: a head with the format and the tables with their SQL, one line per row,
 * and an end with the number of rows and the hash of all lines before it. docs/registry.md tells how to rebuild a registry from it.
 * @param secrets whether to include the salt of patients' hashes.
 */
export function* registryLines(file: string, { secrets = false } = {}): Generator<string, ExportCounts> {
  const db = new SQLite(file, { readonly: true, fileMustExist: true });
  const hash = createHash('sha256');
  const line = (record: unknown): string => {
    const text = JSON.stringify(record);
    hash.update(`${text}\n`);
    return text;
  };
  try {
    db.exec('BEGIN'); // later writes by others are not seen
    const made = db
      .prepare<[], { name: string; type: string; sql: string }>(
        `SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY rowid`,
      )
      .all();
    const tables = made.filter(({ type }) => type === 'table').map(({ name }) => name);
    const kept = tables.filter((name) => secrets || name !== SECRET);
    yield line({
      falxRegistry: 1,
      format: db.pragma('user_version', { simple: true }),
      falx: falxVersion(),
      exported: new Date().toISOString(),
      tables: made.filter(({ type }) => type === 'table'),
      /* Created after the rows are in. */
      rest: made.filter(({ type }) => type !== 'table'),
      leftOut: tables.filter((name) => !kept.includes(name)),
    });
    let rows = 0;
    for (const table of kept)
      for (const row of db.prepare(`SELECT * FROM "${table}"`).iterate()) {
        rows += 1;
        yield line({ table, row });
      }
    const sha256 = hash.digest('hex');
    yield JSON.stringify({ end: true, rows, sha256 });
    return { tables: kept.length, rows, sha256 };
  } finally {
    db.close();
  }
}
