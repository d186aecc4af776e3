import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { z } from 'zod';
import { AuditHead, type AuditFacts } from '../contract/audit.ts';
import { replaceFile } from '../system/durable.ts';
import { keptHead } from './audit-head.ts';

/**
 * A backup does not know that it was restored. So this is noted beside the registry before and after, and the audit trail records
 * it when the registry is next opened.
 */
const Note = z.object({
  /** So that it is recorded once, whenever the machine stops. */
  id: z.string(),
  /** Name of the backup; null for a file elsewhere. */
  backup: z.string().nullable(),
  /** Name of the former registry. */
  kept: z.string().nullable(),
  wasDamaged: z.boolean(),
  /** The head of the former trail; null if there was none. */
  replaced: AuditHead.nullable(),
  done: z.boolean(),
});
type Note = z.infer<typeof Note>;

const noteOf = (home: string): string => path.join(home, 'audit-restored.json');

export function noteRestoring(
  home: string,
  { backup, kept, wasDamaged }: { backup: string; kept: string | null; wasDamaged: boolean },
): { done(): void; drop(): void } {
  const isOwn = path.dirname(path.resolve(backup)) === path.join(path.resolve(home), 'backups');
  const beside = keptHead(home);
  const note: Note = {
    id: randomBytes(8).toString('hex'),
    backup: isOwn ? path.basename(backup) : null,
    kept: kept && path.basename(kept),
    wasDamaged,
    replaced: (kept && !wasDamaged ? headIn(kept) : null) ?? (beside === 'unreadable' ? null : beside),
    done: false,
  };
  const write = (done: boolean) => replaceFile(noteOf(home), JSON.stringify({ ...note, done }));
  write(false);
  return { done: () => write(true), drop: () => rmSync(noteOf(home), { force: true }) };
}

/**
 * What the trail has yet to record about a restored backup, or null.
 * @param head of the registry that is open now: if it is still the former one, it was not replaced.
 */
export function pendingRestore(home: string, head: AuditHead | null): AuditFacts | null {
  if (!existsSync(noteOf(home))) return null;
  let note: Note;
  try {
    note = Note.parse(JSON.parse(readFileSync(noteOf(home), 'utf8')));
  } catch {
    return {
      id: null,
      backup: null,
      kept: null,
      wasDamaged: false,
      replacedNumber: null,
      replacedHash: null,
    };
  }
  if (!note.done && head?.hash === note.replaced?.hash) return null; // it was interrupted before
  return {
    id: note.id,
    backup: note.backup,
    kept: note.kept,
    wasDamaged: note.wasDamaged,
    replacedNumber: note.replaced?.number ?? null,
    replacedHash: note.replaced?.hash ?? null,
  };
}

export const forgetRestoring = (home: string): void => rmSync(noteOf(home), { force: true });

/** The newest entry of the trail in a registry that nobody has open; null if it has none. @throws SqliteError */
export function headIn(file: string): AuditHead | null {
  const db = new SQLite(file, { readonly: true, fileMustExist: true });
  try {
    if (!db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'auditTrail'`).get()) return null;
    const row = db.prepare('SELECT number, hash FROM auditTrail ORDER BY number DESC LIMIT 1').get();
    return row === undefined ? null : AuditHead.parse(row);
  } finally {
    db.close();
  }
}
