import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { isDamaged, seal, sealOf } from './seal.ts';

/** Backups that are kept, the newest. */
const KEPT = 5;

export type Backup = {
  /** Absolute. */
  file: string;
  /** Its format: the migration it had come to. */
  format: number;
  /** When it was made. */
  made: string;
  bytes: number;
};

const backupsOf = (home: string): string => path.join(home, 'backups');

/** registry-6-20261129T021530123Z.sqlite */
const name = /^registry-(\d+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.sqlite$/;

/** The backups of a home's registry, newest first. */
export function listBackups(home: string): Backup[] {
  const folder = backupsOf(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((entry) => {
      const [, format, year, month, day, hours, minutes, seconds, rest] = name.exec(entry) ?? [];
      if (format === undefined) return [];
      const file = path.join(folder, entry);
      const made = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${rest}Z`;
      return [{ file, format: Number(format), made, bytes: statSync(file).size }];
    })
    .sort((a, b) => b.made.localeCompare(a.made));
}

/**
 * Copies a registry into the folder `backups` beside it: whole, on the disk and looked through when this returns. Of
 * older backups the last few are kept. The caller holds the write lock, so that no write can fall in between and no other
 * process makes a backup now.
 * @param file the registry.
 * @throws FalxError `disk` when there is no room or the copy is not what was written; nothing has changed then.
 */
export function backUp(file: string, format: number): Backup {
  const home = path.dirname(file);
  const folder = backupsOf(home);
  const made = new Date().toISOString();
  const target = path.join(folder, `registry-${format}-${made.replaceAll(/[-:.]/g, '')}.sqlite`);
  const part = `${target}.part`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const left of readdirSync(folder)) if (left.endsWith('.part')) rmSync(path.join(folder, left));
    // An empty file of one's own, so that nobody else may read what SQLite writes into it.
    writeFileSync(part, '', { flag: 'wx', mode: 0o600 });
    const reader = new SQLite(file, { readonly: true });
    try {
      reader.prepare('VACUUM INTO ?').run(part);
    } finally {
      reader.close();
    }
    flush(part);
    look(part);
    renameSync(part, target);
    flush(folder);
    seal(target);
    for (const old of listBackups(home).slice(KEPT))
      for (const gone of [old.file, sealOf(old.file)]) rmSync(gone, { force: true });
    return { file: target, format, made, bytes: statSync(target).size };
  } catch (cause) {
    if (existsSync(part)) rmSync(part);
    if (isDamage(cause) || !(cause instanceof Error)) throw cause;
    throw new FalxError(
      'disk',
      `The registry ${file} was left as it is, because no backup of it could be written to ${folder} first ` +
        `(${cause.message}). Free some space, see whether you may write there, and try again.`,
      { why: 'registryNoBackup', file, folder, reason: cause.message },
      { cause },
    );
  }
}

/** Whether SQLite can't read the file, rather than the disk or the person's rights being in the way. */
const isDamage = (error: unknown): boolean =>
  error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

/** Has the disk keep what was written to a file, or the names in a folder. */
function flush(place: string): void {
  if (process.platform === 'win32' && statSync(place).isDirectory()) return; // Windows flushes no folders
  const handle = openSync(place, statSync(place).isDirectory() ? 'r' : 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

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

/**
 * Puts a backup in the place of a home's registry. What was there is backed up first, or moved beside the backups where it is
 * damaged, so that this can be taken back.
 * @param wanted a path, or the name of a file in the backups' folder.
 * @param known the newest format that this Falx knows.
 * @returns the backup, and where what was there before lies now; null where nothing was.
 * @throws FalxError `not-found`, `registry` when it is no backup that this Falx can use or another Falx is open on the home,
 *   `disk`; nothing has changed then.
 */
export async function restoreBackup(
  home: string,
  wanted: string,
  known: number,
): Promise<{ restored: string; format: number; kept: string | null; wasDamaged: boolean }> {
  const restored = find(home, wanted);
  const format = formatOfBackup(restored, known);
  const file = path.join(home, 'registry.sqlite');
  const before = existsSync(file) ? keepBefore(file) : { kept: null, wasDamaged: false };
  rmSync(sealOf(file), { force: true }); // it is another file from now on
  if (existsSync(file)) await over(restored, file);
  else {
    const part = path.join(home, 'registry.sqlite.part');
    copyFileSync(restored, part);
    chmodSync(part, 0o600);
    flush(part);
    renameSync(part, file);
    flush(home);
  }
  return { restored, format, ...before };
}

function find(home: string, wanted: string): string {
  const places = [path.resolve(wanted), path.join(backupsOf(home), wanted)];
  const found = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  if (found !== undefined) return found;
  const known = listBackups(home).map(({ file }) => path.basename(file));
  throw new FalxError(
    'not-found',
    `There is no backup "${wanted}". ` +
      (known.length > 0 ? `There are: ${known.join(', ')}.` : `There is none in ${backupsOf(home)} yet.`),
    { why: 'backupGone', file: wanted, folder: backupsOf(home), known },
  );
}

function formatOfBackup(file: string, known: number): number {
  let format: number;
  try {
    if (isDamaged(file)) throw new Error('it is not what was written');
    format = look(file);
    if (format === 0) throw new Error('it holds no records of Falx');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new FalxError(
      'registry',
      `${file} is damaged or is no backup of a Falx registry (${reason}). Nothing was changed. Choose another.`,
      { why: 'backupUnsound', file, reason },
      { cause },
    );
  }
  if (format <= known) return format;
  throw new FalxError(
    'registry',
    `The backup ${file} is of format ${format}; this Falx knows formats up to ${known}. Nothing was changed. Choose an older one.`,
    { why: 'backupNewer', file, format, known },
  );
}

/** @returns where the registry as it was before lies. */
function keepBefore(file: string): { kept: string; wasDamaged: boolean } {
  if (isDamaged(file)) return { kept: moveAside(file), wasDamaged: true };
  try {
    const db = new SQLite(file, { timeout: 0 });
    try {
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
      throw new FalxError(
        'registry',
        `Another Falx is open on the registry ${file}. End it, then restore the backup. Nothing was changed.`,
        { why: 'registryInUse', file },
        { cause: error },
      );
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
