import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { noteRestoring } from './restoring.ts';
import { flush } from '../system/durable.ts';
import { isLeftBehind } from '../system/processes.ts';
import { breakSeal, isDamaged, seal, sealOf } from './seal.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { systemReason } from '../system/system-reason.ts';

/** Number of backups kept, of the newest daily ones and of those made before a migration or restore. */
const KEPT = 7;

export type Backup = {
  /** Absolute. */
  file: string;
  /** Whether it is a daily one; otherwise it was made before a migration or before a backup was restored. */
  daily: boolean;
  /** Its format: the number of its last migration. */
  format: number;
  /** When it was made. */
  made: string;
  bytes: number;
};

const backupsOf = (home: string): string => path.join(home, 'backups');

/** registry-6-20261129T021530123Z.sqlite, registry-daily-6-… */
const name = /^registry-(daily-)?(\d+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.sqlite$/;

/** The backups of a home's registry, newest first. */
export function listBackups(home: string): Backup[] {
  const folder = backupsOf(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((entry) => {
      const [, daily, format, year, month, day, hours, minutes, seconds, rest] = name.exec(entry) ?? [];
      if (format === undefined) return [];
      const file = path.join(folder, entry);
      const made = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${rest}Z`;
      const bytes = statSync(file, { throwIfNoEntry: false })?.size;
      // Another process may have deleted it.
      return bytes === undefined
        ? []
        : [{ file, daily: daily !== undefined, format: Number(format), made, bytes }];
    })
    .sort((a, b) => b.made.localeCompare(a.made));
}

/**
 * Copies a registry into the folder `backups` beside it: complete, flushed to disk and verified when this returns. Only the newest
 * backups are kept. The caller holds the write lock, so that there can be neither a write in between nor a backup by another
 * process. (By SQLite's VACUUM INTO: its backup API is only asynchronous, and a lock can't wait.)
 * @param file the registry.
 * @throws FalxError `disk` if there is no room or the copy fails verification; nothing has changed then.
 */
export function backUp(file: string, format: number): Backup {
  const into = place(file, format, false);
  try {
    begin(into);
    const reader = new SQLite(file, { readonly: true });
    try {
      reader.prepare('VACUUM INTO ?').run(into.part);
    } finally {
      reader.close();
    }
    return settle(into);
  } catch (cause) {
    throw notBackedUp(file, into, cause);
  }
}

/**
 * The same by SQLite's backup API, some pages at a time, as the registry was at the start: others can write meanwhile.
 * @throws FalxError `disk`; `registry` if the registry is damaged.
 */
export async function backUpInUse(file: string, { daily = false } = {}): Promise<Backup> {
  const reader = new SQLite(file, { readonly: true, fileMustExist: true });
  let into: Place | null = null;
  try {
    reader.exec('BEGIN');
    into = place(file, reader.pragma('user_version', { simple: true }) as number, daily);
    begin(into);
    await reader.backup(into.part, { progress: () => PAGES });
    return settle(into);
  } catch (cause) {
    throw into === null ? cause : notBackedUp(file, into, cause);
  } finally {
    reader.close();
  }
}

/** Pages copied at a time: a few milliseconds. */
const PAGES = 500;

/** Makes the daily backup. @returns null if there is one already. @throws FalxError as `backUpInUse`. */
export async function backUpToday(file: string, now = new Date()): Promise<Backup | null> {
  const day = now.toISOString().slice(0, 10);
  const made = listBackups(path.dirname(file)).filter(({ daily }) => daily);
  return made.some((backup) => backup.made.startsWith(day)) ? null : backUpInUse(file, { daily: true });
}

type Place = { folder: string; target: string; part: string; daily: boolean; format: number; made: string };

function place(file: string, format: number, daily: boolean): Place {
  const folder = backupsOf(path.dirname(file));
  const made = new Date().toISOString();
  const stamp = made.replaceAll(/[-:.]/g, '');
  const target = path.join(folder, `registry-${daily ? 'daily-' : ''}${format}-${stamp}.sqlite`);
  return { folder, target, part: `${target}.${process.pid}.part`, daily, format, made };
}

function begin({ folder, part }: Place): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(folder)) if (isLeft(left)) rmSync(path.join(folder, left), { force: true });
  // Created empty first, so that nobody else may read what SQLite writes into it.
  writeFileSync(part, '', { flag: 'wx', mode: 0o600 });
  writing.add(path.basename(part));
}

/** Names of the files that this process is writing. */
const writing = new Set<string>();

/** Whether its process no longer writes it. */
function isLeft(entry: string): boolean {
  const found = /^(.*\.sqlite(?:\.(\d+))?\.part)(?:-journal)?$/.exec(entry);
  if (!found) return false;
  const [, part, pid] = found;
  return pid === undefined || isLeftBehind(Number(pid), writing.has(part!));
}

function settle({ folder, target, part, daily, format, made }: Place): Backup {
  // The backup API copies WAL mode too, which would leave a log beside whoever reads it.
  const copy = new SQLite(part);
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  flush(part);
  look(part);
  renameSync(part, target);
  writing.delete(path.basename(part));
  flush(folder);
  seal(target);
  const kin = listBackups(path.dirname(folder)).filter((backup) => backup.daily === daily);
  const days = new Set<string>();
  kin.forEach((backup, index) => {
    const day = backup.made.slice(0, 10);
    if (index < KEPT && !(daily && days.has(day))) days.add(day);
    else for (const gone of [backup.file, sealOf(backup.file)]) rmSync(gone, { force: true });
  });
  return { file: target, daily, format, made, bytes: statSync(target).size };
}

function notBackedUp(file: string, { folder, part }: Place, cause: unknown): unknown {
  if (existsSync(part)) rmSync(part);
  writing.delete(path.basename(part));
  if (isDamage(cause) || !(cause instanceof Error)) return cause;
  return new FalxError('registryNoBackup', { file, folder, reason: reasonOf(cause) }, { cause });
}

/** Whether the file itself is damaged, rather than a problem of disk or permissions. */
const isDamage = (error: unknown): boolean =>
  error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

/** Verifies a copy. @returns its format. */
function look(file: string): number {
  const db = new SQLite(file, { readonly: true, fileMustExist: true });
  try {
    const said = db.pragma('quick_check', { simple: true });
    if (said !== 'ok') throw new SQLite.SqliteError(String(said), 'SQLITE_CORRUPT');
    return db.pragma('user_version', { simple: true }) as number;
  } finally {
    db.close();
  }
}

export type Restored = {
  /** The backup, absolute. */
  restored: string;
  format: number;
  /** Where the former registry is now; null if there was none. */
  kept: string | null;
  wasDamaged: boolean;
};

/**
 * Restores a backup of a home's registry. The former registry is backed up first, or moved beside the backups if it is damaged, so
 * that this can be undone.
 * @param wanted a path, or the name of a file in the backups' folder.
 * @param known the newest format known to this version of Falx.
 * @throws FalxError `not-found`, `registry` if it is no backup that this version can use or another Falx has the home open, `disk`;
 *   nothing has changed then.
 */
export async function restoreBackup(home: string, wanted: string, known: number): Promise<Restored> {
  const restored = find(home, wanted);
  const format = formatOfBackup(restored, known);
  const file = path.join(home, 'registry.sqlite');
  const before = existsSync(file) ? keepBefore(file) : { kept: null, wasDamaged: false };
  const note = noteRestoring(home, { backup: restored, ...before });
  try {
    // From now on it is another file, even if the machine stops here.
    rmSync(sealOf(file), { force: true });
    flush(home);
    if (existsSync(file)) await over(restored, file);
    else {
      const part = path.join(home, 'registry.sqlite.part');
      copyFileSync(restored, part);
      chmodSync(part, 0o600);
      flush(part);
      renameSync(part, file);
      flush(home);
    }
  } catch (error) {
    note.drop();
    throw error;
  }
  note.done();
  return { restored, format, ...before };
}

/** The newest intact backup that this version can use; null if there is none. Reads them completely. */
export function newestWhole(home: string, known: number): Backup | null {
  const usable = listBackups(home).filter(({ format }) => format <= known);
  return (
    usable.find(({ file }) => {
      try {
        formatOfBackup(file, known);
        return true;
      } catch (error) {
        if (error instanceof FalxError) return false;
        throw error;
      }
    }) ?? null
  );
}

function find(home: string, wanted: string): string {
  const places = [path.resolve(wanted), path.join(backupsOf(home), wanted)];
  const found = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  if (found !== undefined) return found;
  const known = listBackups(home).map(({ file }) => path.basename(file));
  throw new FalxError('backupGone', {
    file: wanted,
    folder: backupsOf(home),
    count: known.length,
    known,
  });
}

const unsoundBackup = (file: string, reason: Message, cause?: unknown): FalxError =>
  new FalxError('backupUnsound', { file, reason }, { cause });

/** By its code if it is the system's, otherwise in SQLite's own words. */
function reasonOf(error: Error): Message {
  if (!(error instanceof SQLite.SqliteError)) return systemReason(error);
  return message('sqliteSays', { detail: { from: 'SQLite', text: error.message } });
}

function formatOfBackup(file: string, known: number): number {
  let format: number;
  try {
    if (isDamaged(file)) throw unsoundBackup(file, message('backupNotWritten', {}));
    format = look(file);
    if (format === 0) throw unsoundBackup(file, message('backupNoRecords', {}));
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    throw unsoundBackup(file, reasonOf(cause as Error), cause);
  }
  if (format <= known) return format;
  throw new FalxError('backupNewer', { file, format, known });
}

/** @returns the location of the former registry. */
function keepBefore(file: string): { kept: string; wasDamaged: boolean } {
  if (isDamaged(file)) return { kept: moveAside(file), wasDamaged: true };
  try {
    const db = new SQLite(file, { timeout: 0 });
    try {
      breakSeal(db); // what follows changes the file, possibly as the last write on this machine
      // SQLite leaves WAL mode only if nobody else has the file open.
      db.pragma('journal_mode = DELETE');
      const format = db.pragma('user_version', { simple: true }) as number;
      const { file: kept } = db.transaction(() => backUp(file, format)).immediate();
      return { kept, wasDamaged: false };
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new FalxError('registryInUse', { file }, { cause: error });
    if (!isDamage(error)) throw error;
    return { kept: moveAside(file), wasDamaged: true };
  }
}

/** A registry that SQLite can't read is kept unchanged. */
function moveAside(file: string): string {
  const folder = backupsOf(path.dirname(file));
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  const target = path.join(folder, `registry-damaged-${stamp}.sqlite`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) renameSync(file + end, target + end);
  flush(folder);
  return target;
}

/** By SQLite's own backup: in one transaction, so that a killed process leaves the registry as it was. */
async function over(backup: string, file: string): Promise<void> {
  const source = new SQLite(backup, { readonly: true });
  try {
    await source.backup(file);
  } finally {
    source.close();
  }
}
