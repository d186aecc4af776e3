import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { makeFolders } from '../system/folders.ts';
import { keepPrivate } from '../system/rights.ts';
import { beginTrail } from './audit-trail.ts';
import { backUp } from './backups.ts';
import { refuseUntouched } from './registry-format.ts';
import { knownFormat, migrate, migrations } from './migrations/migrations.ts';
import { requireWhole, sealOf } from './seal.ts';
import { isLarge, problemsIn, unsound } from './soundness.ts';
import { systemReason } from '../system/system-reason.ts';

/** How long to wait for another process's write, milliseconds. */
const PATIENCE = 20_000;

/**
 * SQLite's page cache, KiB. With the default of 16 MiB, and with 4 MiB, a server's memory kept growing for an hour along with the
 * registry, since the allocator can't return it. The system caches the file too, so that nothing gets slower: adding, listing and
 * paging 60,000 images takes the same time with 1 MiB as with 4.
 */
const PAGES_KEPT = 1024;

/**
 * Opens `<home>/registry.sqlite`, creating folder and file, and migrates it to the current format; the former state is kept in
 * `backups`.
 * @throws FalxError `disk` if the folder can't be written, `registry` if the file is no registry, or one of a newer version of
 *   Falx, which is left unchanged.
 */
export function connect(home: string): SQLite.Database {
  const file = path.join(home, 'registry.sqlite');
  keepPrivate();
  try {
    makeFolders(home);
  } catch (cause) {
    throw new FalxError('homeNotMade', { file: home, reason: systemReason(cause) }, { cause });
  }
  return guard(file, () => {
    refuseUntouched(file, knownFormat);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) refuseLostRegistry(home, file);
    requireWhole(file);
    const db = new SQLite(file, { timeout: PATIENCE });
    try {
      useWriteAheadLog(db);
      // FULL: a committed epoch survives a power cut. WAL alone would only keep the file consistent.
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      db.pragma(`cache_size = ${-PAGES_KEPT}`);
      migrateWithBackup(db);
      if (db.prepare('SELECT 1 FROM runs LIMIT 1').get() === undefined) refuseLostRegistry(home, file);
      beginTrail(db);
      if (!isLarge(file)) requireSound(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * A registry without runs beside folders of runs has been lost: what they were trained on and how they were tested would be gone
 * silently.
 */
function refuseLostRegistry(home: string, file: string): void {
  const folder = path.join(home, 'runs');
  const runs = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'falx.json')))
    : [];
  if (runs.length === 0) return;
  throw new FalxError('registryBereft', {
    file,
    folder,
    count: runs.length,
    backups: path.join(home, 'backups'),
  });
}

/** @throws FalxError `registry` */
function requireSound(db: SQLite.Database): void {
  const said = problemsIn(db.pragma('quick_check(3)') as { quick_check: string }[]);
  if (said !== null) throw unsound(db.name, said);
}

/** If the migration fails, its backup is not needed: the registry is unchanged. */
function migrateWithBackup(db: SQLite.Database): void {
  let made: string | null = null;
  try {
    migrate(db, migrations, (format) => {
      made = backUp(db.name, format).file;
    });
  } catch (error) {
    if (made !== null) for (const gone of [made, sealOf(made)]) rmSync(gone, { force: true });
    throw error;
  }
}

/**
 * Turns on WAL. While another process writes a file that is not in WAL mode yet, SQLite refuses the change at once, whatever the
 * busy timeout; so if two processes open a new file together, the refused one retries.
 */
function useWriteAheadLog(db: SQLite.Database): void {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (
        !(error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY')) ||
        Date.now() > end
      ) {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20);
    }
  }
}

/** Runs database work and turns SQLite's errors into FalxErrors. */
export function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof SQLite.SqliteError)) throw cause;
    if (path.basename(file) === 'registry.sqlite' && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code))
      throw unsound(file, cause.message);
    const detail = { from: 'SQLite', text: cause.message };
    const facts = { file, sqlite: cause.code, detail };
    if (lacksRoom(cause.code, path.dirname(file)))
      throw new FalxError('registryNoRoom', { ...facts, room: 'none' }, { cause });
    if (/^SQLITE_(READONLY|CANTOPEN|IOERR|PERM)/.test(cause.code))
      throw new FalxError('registryOnDisk', facts, { cause });
    throw new FalxError('registryRefused', { ...facts, how: howOf(cause.code) }, { cause });
  }
}

/** A disk without room for the file shared by readers is not a disk fault, though SQLite reports it as one. */
const lacksRoom = (code: string, folder: string): boolean =>
  code.startsWith('SQLITE_FULL') || (/^SQLITE_(IOERR|CANTOPEN)/.test(code) && isFull(folder));

function howOf(code: string): 'busy' | 'damaged' | 'constraint' | 'other' {
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'damaged';
  return code.startsWith('SQLITE_CONSTRAINT') ? 'constraint' : 'other';
}

/** Whether there is no room for a few pages of a registry. */
function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < 64 * 1024;
  } catch {
    return false; // then something else is wrong
  }
}
