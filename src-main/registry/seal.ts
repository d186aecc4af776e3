import { randomInt } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { isAsStamped, replaceFile, stampOf } from '../system/durable.ts';
import { sha256Of } from '../system/hashes.ts';

/*
 * Detects a damaged bit in a registry that nobody has open: SQLite's own checks find a damaged page, but not a changed digit. The
 * last process to close a registry stores its SHA-256 beside it, with the number in its header at that time (SQLite's application
 * id). Every process's first write changes that number, so a seal is void from then on, whoever else has the file open and however
 * they end; no lock is needed.
 */

const Seal = z.object({
  /** The header's number that this seal belongs to. */
  id: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  /** SHA-256 over these, so that damage to the seal is not mistaken for damage to the registry. */
  own: z.string(),
});
type Seal = z.infer<typeof Seal>;

export const sealOf = (file: string): string => `${file}.seal`;

/** Seals a registry that this process has just closed, unless another still has it open, or a backup. Never throws. */
export function seal(file: string): void {
  const id = idAtRest(file);
  if (id === null || readSeal(file)?.id === id) return;
  try {
    const { bytes, sha256 } = stampOf(file);
    // A process that opened it and wrote meanwhile has changed the number.
    replaceFile(sealOf(file), JSON.stringify({ id, bytes, sha256, own: ownOf(id, bytes, sha256) }));
  } catch {
    // Disk full or read-only: a registry without a seal is used without this check.
  }
}

/** Voids the seal, since this process is about to write. Called before its first write. */
export function breakSeal(db: Database): void {
  db.pragma(`application_id = ${randomInt(1, 2 ** 31 - 1)}`);
}

/** Whether a registry that nobody has open differs from what was last written to it. False without a valid seal. */
export function isDamaged(file: string): boolean {
  const before = readSeal(file);
  if (before === null || idAtRest(file) !== before.id || isAsStamped(file, before)) return false;
  // Another process may have opened it and written while it was read.
  if (idAtRest(file) !== before.id || readSeal(file)?.own !== before.own) return false;
  // A backup that somebody copied into its place by hand is intact.
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

/** Null if there is none, or it is damaged itself. */
function readSeal(file: string): Seal | null {
  try {
    const found = Seal.parse(JSON.parse(readFileSync(sealOf(file), 'utf8')));
    return found.own === ownOf(found.id, found.bytes, found.sha256) ? found : null;
  } catch {
    return null;
  }
}

/** The number in the header of a registry that nobody writes to; null if a log shows that somebody does, or was killed. */
function idAtRest(file: string): number | null {
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
    return null; // missing or unreadable: reported when it is opened
  }
}
