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
import { isLarge, saidOf, unsound } from './soundness.ts';
import { systemReason } from '../system/system-reason.ts';

/** How long a process waits for another one's write, milliseconds. */
const PATIENCE = 20_000;

/**
 * Kibibytes of the file that SQLite keeps in this process's memory. Of its default, 16 MiB, a server that ran for an hour kept
 * all, among what the allocator can't give back, and of 4 MiB it kept more all that hour, as the registry grew. The system keeps
 * the file, too, so that nothing gets slower: 60,000 images are added, listed and paged through in the same time with 1 MiB as with 4.
 */
const PAGES_KEPT = 1024;

/**
 * Opens `<home>/registry.sqlite`, creating the folder and the file, and brings it up to date; what it was before is kept
 * in `backups`.
 * @throws FalxError `disk` when the folder can't be written, `registry` when the file is no registry, or is one of a newer
 *   Falx, which is left as it is.
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
      // FULL: a committed epoch survives a power cut. WAL alone would only keep the file whole.
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      db.pragma(`cache_size = ${-PAGES_KEPT}`);
      bringUp(db);
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
 * A registry that knows of no run, beside folders of runs, has been lost: what they were trained on and how they were
 * tested would be gone without a word.
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
  const said = saidOf(db.pragma('quick_check(3)') as { quick_check: string }[]);
  if (said !== null) throw unsound(db.name, said);
}

/** A backup that its migration did not follow is not needed: the registry is what it was. */
function bringUp(db: SQLite.Database): void {
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
 * Turns on WAL. While another process writes a file that is not in WAL yet, SQLite refuses the change at once,
 * whatever the busy timeout; so of two processes that open a new file together, the one refused asks again.
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

/** Runs database work and words what SQLite throws. */
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

/** A disk without room for the file that its readers share is no fault of the disk, though SQLite calls it one. */
const lacksRoom = (code: string, folder: string): boolean =>
  code.startsWith('SQLITE_FULL') || (/^SQLITE_(IOERR|CANTOPEN)/.test(code) && isFull(folder));

function howOf(code: string): 'busy' | 'damaged' | 'constraint' | 'other' {
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'damaged';
  return code.startsWith('SQLITE_CONSTRAINT') ? 'constraint' : 'other';
}

/** Whether there is no room for some pages of a registry. */
function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < 64 * 1024;
  } catch {
    return false; // then something else is wrong with it
  }
}
