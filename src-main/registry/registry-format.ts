import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { falxVersion } from '../version.ts';
import { listBackups } from './backups.ts';

/** The number of the migration a registry has come to. */
export const formatOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number;

/**
 * Refuses a registry that a newer Falx has written, before anything of it is touched: SQLite, once it opens a file, may
 * write to it.
 * @param known the newest format that this Falx knows.
 * @throws FalxError `registry`
 */
export function refuseUntouched(file: string, known: number): void {
  const inHeader = headerFormat(file);
  if (inHeader === null) return;
  const found = hasLog(file) ? loggedFormat(file) : inHeader;
  if (found > known) throw newerFormat(file, { found, known, writer: writerOf(file) });
}

/** @param writer the Falx that wrote it, as `writerIn` tells it. */
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

/** Why a process that has a registry open must not go on with it: another has brought it to another format since. */
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

/** From the file itself: byte 60 of the 100 that a SQLite file begins with. Null for no such file. */
function headerFormat(file: string): number | null {
  const header = Buffer.alloc(100);
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return null; // what is wrong with it is told when it is opened in earnest
  }
  try {
    const whole = readSync(handle, header, 0, 100, 0) === 100;
    return whole && header.toString('latin1', 0, 15) === 'SQLite format 3' ? header.readUInt32BE(60) : null;
  } finally {
    closeSync(handle);
  }
}

/** Whether what was written last may still lie in the log beside the file: another process is at it, or was killed. */
const hasLog = (file: string): boolean => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** As SQLite sees it, log and all; one that only reads leaves file and log as they are. */
function loggedFormat(file: string): number {
  try {
    const db = new SQLite(file, { readonly: true, fileMustExist: true });
    try {
      return formatOf(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof SQLite.SqliteError) return 0; // told when it is opened in earnest
    throw error;
  }
}

/** The version of Falx that brought a registry to its format; null where it is not noted. */
export function writerIn(db: Database): string | null {
  try {
    const found = db.prepare('SELECT falx FROM formats ORDER BY number DESC LIMIT 1').pluck().get();
    return typeof found === 'string' ? found : null;
  } catch (error) {
    if (error instanceof SQLite.SqliteError) return null; // its table may be another in that format
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

/** A copy in memory: to open the file would leave a log beside it. */
function inMemory(file: string): Database {
  const content = readFileSync(file);
  content.fill(1, 18, 20); // written and read without a log, which memory has not
  return new SQLite(content, { readonly: true });
}
