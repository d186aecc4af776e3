import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { falxVersion } from '../version.ts';
import { listBackups } from './backups.ts';

/** The number of a registry's last migration. */
export const formatOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number;

/**
 * Refuses a registry that a newer version of Falx has written, before it is opened: SQLite may write to any file that it opens.
 * @param known the newest format known to this version.
 * @throws FalxError `registry`
 */
export function refuseUntouched(file: string, known: number): void {
  const inHeader = headerFormat(file);
  if (inHeader === null) return;
  const found = hasLog(file) ? loggedFormat(file) : inHeader;
  if (found > known) throw newerFormat(file, { found, known, writer: writerOf(file) });
}

/** @param writer the version that wrote it, from `writerIn`. */
export function newerFormat(
  file: string,
  { found, known, writer }: { found: number; known: number; writer: string | null },
): FalxError {
  const own = falxVersion();
  const backup = listBackups(path.dirname(file)).find(({ format }) => format <= known)?.file ?? null;
  return new FalxError('registryNewer', {
    file,
    found,
    known,
    own,
    writer: writer === own ? 'none' : (writer ?? 'none'),
    backup: backup ?? 'none',
  });
}

/** Why a process must not continue with an open registry: another version has migrated it since. */
export function changedFormat(file: string, { found, known }: { found: number; known: number }): FalxError {
  const writer = found > known ? writerOf(file) : null;
  return new FalxError('registryChanged', {
    file,
    found,
    known,
    writer: writer ?? 'none',
    newer: found > known ? 'yes' : 'no',
  });
}

/** From the file itself: byte 60 of SQLite's 100-byte header. Null if it is no such file. */
function headerFormat(file: string): number | null {
  const header = Buffer.alloc(100);
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return null; // reported when it is actually opened
  }
  try {
    const whole = readSync(handle, header, 0, 100, 0) === 100;
    return whole && header.toString('latin1', 0, 15) === 'SQLite format 3' ? header.readUInt32BE(60) : null;
  } finally {
    closeSync(handle);
  }
}

/** Whether the newest changes may still be in the log beside the file: another process has it open, or was killed. */
const hasLog = (file: string): boolean => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** As SQLite sees it, log included; a read-only connection leaves file and log unchanged. */
function loggedFormat(file: string): number {
  try {
    const db = new SQLite(file, { readonly: true, fileMustExist: true });
    try {
      return formatOf(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof SQLite.SqliteError) return 0; // reported when it is actually opened
    throw error;
  }
}

/** The version of Falx that migrated a registry to its format; null if it was not recorded. */
export function writerIn(db: Database): string | null {
  try {
    const found = db.prepare('SELECT falx FROM formats ORDER BY number DESC LIMIT 1').pluck().get();
    return typeof found === 'string' ? found : null;
  } catch (error) {
    if (error instanceof SQLite.SqliteError) return null; // the table may differ in that format
    throw error;
  }
}

function writerOf(file: string): string | null {
  const db = hasLog(file) ? new SQLite(file, { readonly: true }) : inMemory(file);
  try {
    return writerIn(db);
  } finally {
    db.close();
  }
}

/** A copy in memory: opening the file would leave a log beside it. */
function inMemory(file: string): Database {
  const content = readFileSync(file);
  content.fill(1, 18, 20); // read and write without a log, which there can't be in memory
  return new SQLite(content, { readonly: true });
}
