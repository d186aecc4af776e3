import type { Database } from 'better-sqlite3';
import { falxVersion } from '../../version.ts';
import { formatOf, newerFormat, writerIn } from '../registry-format.ts';
import { breakSeal } from '../seal.ts';
import { firstTables } from './001-first-tables.ts';
import { desktop } from './002-desktop.ts';
import { checks } from './003-checks.ts';
import { imports } from './004-imports.ts';
import { told } from './005-told.ts';
import { parts } from './006-parts.ts';
import { formats } from './007-formats.ts';
import { computedOn } from './008-computed-on.ts';
import { auditTrail } from './009-audit-trail.ts';
import { warnings } from './010-warnings.ts';
import { shortcuts } from './011-shortcuts.ts';
import { messages } from './012-messages.ts';
import { answers } from './013-answers.ts';
import { remarks } from './015-remarks.ts';
import { studies } from './014-studies.ts';
import { trainingShares } from './016-training-shares.ts';

export interface Migration {
  /** From 1, without gaps; the value of `PRAGMA user_version` once it has run. */
  number: number;
  sql: string;
  /** Run after `sql`, for what SQL can't express. */
  rows?: (db: Database) => void;
}

/** In order. A released one is never changed: a later one corrects it. */
export const migrations: readonly Migration[] = [
  firstTables,
  desktop,
  checks,
  imports,
  told,
  parts,
  formats,
  computedOn,
  auditTrail,
  warnings,
  shortcuts,
  messages,
  answers,
  studies,
  remarks,
  trainingShares,
];

/** The format that this version of Falx reads and writes. */
export const knownFormat = migrations.length;

/**
 * Migrates a database to the newest format, completely or not at all. Two processes may call this on the same new file: one of them
 * waits for the other's lock and then finds nothing to do.
 * @param before called under that lock if there is something to migrate, with the current format; if it throws, the database is
 *   unchanged.
 * @throws FalxError `registry` if a newer version of Falx has written the database.
 */
export function migrate(
  db: Database,
  steps: readonly Migration[] = migrations,
  before: (format: number) => void = () => undefined,
): void {
  db.transaction(() => {
    // Read under the lock: before it, the version could be another process's half-finished state.
    const found = formatOf(db);
    if (found > steps.length)
      throw newerFormat(db.name, { found, known: steps.length, writer: writerIn(db) });
    const missing = steps.slice(found);
    if (missing.length === 0) return;
    if (found > 0) before(found);
    breakSeal(db);
    for (const step of missing) {
      db.exec(step.sql);
      step.rows?.(db);
      db.pragma(`user_version = ${step.number}`);
    }
    note(db);
  }).immediate();
}

/** Records which version did it, from the migration that added the table. */
function note(db: Database): void {
  if (!db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'formats'`).get()) return;
  db.prepare('INSERT OR REPLACE INTO formats VALUES (?, ?, ?)').run(
    formatOf(db),
    falxVersion(),
    new Date().toISOString(),
  );
}
