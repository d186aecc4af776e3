import type { Database } from 'better-sqlite3';
import { FalxError } from '../../contract/errors.ts';
import { firstTables } from './001-first-tables.ts';
import { desktop } from './002-desktop.ts';
import { checks } from './003-checks.ts';
import { imports } from './004-imports.ts';
import { told } from './005-told.ts';
import { parts } from './006-parts.ts';

export interface Migration {
  /** From 1, without gaps; what `PRAGMA user_version` says once it has run. */
  number: number;
  sql: string;
}

/** In order. One that has been released is never changed: a later one mends it. */
export const migrations: readonly Migration[] = [firstTables, desktop, checks, imports, told, parts];

/**
 * Brings a database up to the newest migration, all of it or nothing. Two processes may call this on the same
 * new file: one of them waits for the other's lock and then finds nothing to do.
 * @throws FalxError `registry` when a newer Falx has written the database.
 */
export function migrate(db: Database, steps: readonly Migration[] = migrations): void {
  db.transaction(() => {
    // Read under the lock: before it, the version could be another process's half-way state.
    const found = db.pragma('user_version', { simple: true }) as number;
    if (found > steps.length) {
      throw new FalxError(
        'registry',
        `The registry ${db.name} was written by a newer Falx (its format is ${found}, this Falx knows ${steps.length}). ` +
          'Update Falx, or choose another home folder.',
        { file: db.name, found, known: steps.length },
      );
    }
    for (const step of steps.slice(found)) {
      db.exec(step.sql);
      db.pragma(`user_version = ${step.number}`);
    }
  }).immediate();
}
