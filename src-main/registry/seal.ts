import { randomInt } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { isAsStamped, replaceFile, stampOf } from '../system/durable.ts';
import { sha256Of } from '../system/hashes.ts';

/*
 * What finds a damaged bit in a registry that nobody has open: SQLite's own checks find a damaged page, but not a digit that
 * has become another. Whoever closes a registry last notes its SHA-256 beside it, with the number that its header
 * carries then (SQLite's application id). The first write of every process changes that number, so a seal is void from then on,
 * whoever else has the file open and however they end; no lock is needed.
 */

const Seal = z.object({
  /** The header's number that this is the seal of. */
  id: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  /** SHA-256 over these, so that damage to the seal is not taken for damage to the registry. */
  own: z.string(),
});
type Seal = z.infer<typeof Seal>;

export const sealOf = (file: string): string => `${file}.seal`;

/** Notes what a registry holds that this process has just closed, unless another still has it open, or what a backup holds. Never throws. */
export function seal(file: string): void {
  const id = restingId(file);
  if (id === null || readSeal(file)?.id === id) return;
  try {
    const { bytes, sha256 } = stampOf(file);
    // Whoever opened it meanwhile and wrote has given it another number.
    replaceFile(sealOf(file), JSON.stringify({ id, bytes, sha256, own: ownOf(id, bytes, sha256) }));
  } catch {
    // A full or read-only disk: a registry without a seal is used as it was before there were seals.
  }
}

/** Makes the seal void, since this process is about to write. Called before its first write. */
export function breakSeal(db: Database): void {
  db.pragma(`application_id = ${randomInt(1, 2 ** 31 - 1)}`);
}

/** Whether a registry that nobody has open is not what was last written to it. Without a seal, or with a void one, it isn't known. */
export function isDamaged(file: string): boolean {
  const before = readSeal(file);
  if (before === null || restingId(file) !== before.id || isAsStamped(file, before)) return false;
  // Another process may have opened it and written while it was read.
  if (restingId(file) !== before.id || readSeal(file)?.own !== before.own) return false;
  // A backup that somebody has copied into its place by hand is whole.
  const found = stampOf(file);
  return !backupsBeside(file).some((backup) => backup !== file && isAsStamped(backup, found));
}

function backupsBeside(file: string): string[] {
  const folder = join(dirname(file), 'backups');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** @throws FalxError `registry` */
export function requireWhole(file: string): void {
  if (!isDamaged(file)) return;
  throw new FalxError('registryDamaged', { file, seal: sealOf(file) });
}

const ownOf = (id: number, bytes: number, sha256: string): string => sha256Of(`${id} ${bytes} ${sha256}`);

/** Null where there is none, or it is damaged itself. */
function readSeal(file: string): Seal | null {
  try {
    const found = Seal.parse(JSON.parse(readFileSync(sealOf(file), 'utf8')));
    return found.own === ownOf(found.id, found.bytes, found.sha256) ? found : null;
  } catch {
    return null;
  }
}

/** The number in the header of a registry that nobody writes to; null where a log says that somebody does, or was killed. */
function restingId(file: string): number | null {
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return null;
  const header = Buffer.alloc(100);
  try {
    const handle = openSync(file, 'r');
    try {
      return readSync(handle, header, 0, 100, 0) === 100 ? header.readInt32BE(68) : null;
    } finally {
      closeSync(handle);
    }
  } catch {
    return null; // it is not there, or can't be read: told when it is opened
  }
}
