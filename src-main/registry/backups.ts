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

/** Backups that are kept, the newest: so many of those made each day, and so many of those made before a migration or a restore. */
const KEPT = 7;

export type Backup = {
  /** Absolute. */
  file: string;
  /** Whether it is the day's own, else it was made before a migration or before another backup was put in place. */
  daily: boolean;
  /** Its format: the migration it had come to. */
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
      // Another process may have made room.
      return bytes === undefined
        ? []
        : [{ file, daily: daily !== undefined, format: Number(format), made, bytes }];
    })
    .sort((a, b) => b.made.localeCompare(a.made));
}

/**
 * Copies a registry into the folder `backups` beside it: whole, on the disk and looked through when this returns. Of
 * older backups the last few are kept. The caller holds the write lock, so that no write can fall in between and no other
 * process makes a backup now. (SQLite's VACUUM INTO: its backup API is offered for waiting only, and a lock can't wait.)
 * @param file the registry.
 * @throws FalxError `disk` when there is no room or the copy is not what was written; nothing has changed then.
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
 * The same by SQLite's backup API, some pages at a time, as the registry was when it began: others go on writing meanwhile.
 * @throws FalxError `disk`; `registry` when the registry is damaged.
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

/** Pages that are copied at a time: a few milliseconds. */
const PAGES = 500;

/** Makes the day's backup. @returns null when there is one. @throws FalxError as `backUpInUse`. */
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
  // An empty file of one's own, so that nobody else may read what SQLite writes into it.
  writeFileSync(part, '', { flag: 'wx', mode: 0o600 });
  writing.add(path.basename(part));
}

/** Names of what this process is writing. */
const writing = new Set<string>();

/** Whether nobody writes it any more. */
function isLeft(entry: string): boolean {
  const found = /^(.*\.sqlite(?:\.(\d+))?\.part)(?:-journal)?$/.exec(entry);
  if (!found) return false;
  const [, part, pid] = found;
  return pid === undefined || isLeftBehind(Number(pid), writing.has(part!));
}

function settle({ folder, target, part, daily, format, made }: Place): Backup {
  // What the backup API copies is in WAL mode, which would leave a log beside whoever looks into it.
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

/** Whether SQLite can't read the file, rather than the disk or the person's rights being in the way. */
const isDamage = (error: unknown): boolean =>
  error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

/** Reads a copy through. @returns its format. */
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
  /** Where what was there before lies now; null where nothing was. */
  kept: string | null;
  wasDamaged: boolean;
};

/**
 * Puts a backup in the place of a home's registry. What was there is backed up first, or moved beside the backups where it is
 * damaged, so that this can be taken back.
 * @param wanted a path, or the name of a file in the backups' folder.
 * @param known the newest format that this Falx knows.
 * @throws FalxError `not-found`, `registry` when it is no backup that this Falx can use or another Falx is open on the home,
 *   `disk`; nothing has changed then.
 */
export async function restoreBackup(home: string, wanted: string, known: number): Promise<Restored> {
  const restored = find(home, wanted);
  const format = formatOfBackup(restored, known);
  const file = path.join(home, 'registry.sqlite');
  const before = existsSync(file) ? keepBefore(file) : { kept: null, wasDamaged: false };
  const note = noteRestoring(home, { backup: restored, ...before });
  try {
    // It is another file from now on, also should the machine stop here.
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

/** The newest backup that is whole and that this Falx can use; null where there is none. Reads them through. */
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

/** By its code where it is the system's, else in SQLite's own words. */
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

/** @returns where the registry as it was before lies. */
function keepBefore(file: string): { kept: string; wasDamaged: boolean } {
  if (isDamaged(file)) return { kept: moveAside(file), wasDamaged: true };
  try {
    const db = new SQLite(file, { timeout: 0 });
    try {
      breakSeal(db); // what follows changes the file, and may be the last that this machine does
      // SQLite leaves its log only when nobody else has the file open.
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

/** A registry that SQLite can't read is kept as it is. */
function moveAside(file: string): string {
  const folder = backupsOf(path.dirname(file));
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  const target = path.join(folder, `registry-damaged-${stamp}.sqlite`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) renameSync(file + end, target + end);
  flush(folder);
  return target;
}

/** By SQLite's own backup: in one transaction, so that a process which is killed leaves the registry as it was. */
async function over(backup: string, file: string): Promise<void> {
  const source = new SQLite(backup, { readonly: true });
  try {
    await source.backup(file);
  } finally {
    source.close();
  }
}
