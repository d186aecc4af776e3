import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { formatOf, newerFormat } from './registry-format.ts';
import { knownFormat, migrate } from './migrations/migrations.ts';
import { requireWhole } from './seal.ts';

/** Whether there is a registry that can be read but not written: on a read-only disk, or another user's. */
export function isReadOnly(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    for (const one of [path.dirname(file), file]) accessSync(one, constants.W_OK);
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/**
 * A snapshot of a registry that can't be written, in memory, migrated there to this version's format. (SQLite can't read our
 * registry in place without creating files beside it.) Nothing can be written to it.
 * @throws FalxError `registry`; Error of the file system if it can't be read either.
 */
export function openReadOnly(file: string): SQLite.Database {
  requireWhole(file);
  const db = new SQLite(consistentCopy(file));
  try {
    const found = formatOf(db);
    if (found > knownFormat) throw newerFormat(file, { found, known: knownFormat, writer: null });
    migrate(db);
    db.pragma('query_only = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** For any attempt to write. */
export const homeReadOnly = (home: string): FalxError => new FalxError('homeReadOnly', { folder: home });

/** A consistent copy of the file, though its owner may be writing meanwhile. */
function consistentCopy(file: string): Buffer {
  for (let tries = 0; ; tries += 1) {
    const before = markOf(file);
    const bytes =
      (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0 ? merged(file) : plain(file);
    if (markOf(file) === before) return bytes;
    if (tries === 20) throw new FalxError('registryBusy', { file });
  }
}

const markOf = (file: string): string =>
  [file, `${file}-wal`]
    .map((one) => statSync(one, { bigint: true, throwIfNoEntry: false }))
    .map((found) => `${found?.mtimeNs} ${found?.size}`)
    .join();

function plain(file: string): Buffer {
  const bytes = readFileSync(file);
  // Its header requires a log beside the file (2), which there can't be in memory.
  if (bytes.length > 19) bytes.fill(1, 18, 20);
  return bytes;
}

/** Merged with what is still in its log: its owner has it open, or was killed. */
function merged(file: string): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-registry-'));
  try {
    const copy = path.join(folder, 'registry.sqlite');
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${copy}${end}`);
    const db = new SQLite(copy);
    try {
      db.pragma('journal_mode = DELETE');
      return db.serialize();
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
