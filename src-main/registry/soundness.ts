import { statSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { FalxError } from '../contract/errors.ts';
import { newestWhole } from './backups.ts';
import { knownFormat } from './migrations/migrations.ts';

/** Largest registry that is checked whenever it is opened, which takes some milliseconds; bytes. */
export const SMALL = 16 * 2 ** 20;

export const isLarge = (file: string): boolean =>
  (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > SMALL;

/** Problems that SQLite's quick_check finds in a registry; null if none. Reads all of it. */
export function quickCheck(file: string): string | null {
  try {
    const db = new SQLite(file, { readonly: true, fileMustExist: true });
    try {
      return problemsIn(db.pragma('quick_check(3)') as { quick_check: string }[]);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code))
      return error.message;
    throw error;
  }
}

export function problemsIn(rows: readonly { quick_check: string }[]): string | null {
  const said = rows.map((row) => row.quick_check).join('; ');
  return said === 'ok' ? null : said;
}

/** The same on a thread of its own, for a registry that takes longer. */
export function quickCheckAside(file: string, signal?: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./soundness-worker.ts', import.meta.url), { workerData: file });
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', ({ said, failed }: { said: string | null; failed?: string }) => {
      if (failed === undefined) resolve(said);
      else reject(new Error(failed));
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(signal?.aborted ? new FalxError('soundnessCancelled', {}) : new Error('the check ended early'));
    });
  });
}

/** The error for damage, naming the newest intact backup. */
export function unsound(file: string, said: string): FalxError {
  const backup = newestWhole(path.dirname(file), knownFormat)?.file ?? null;
  return new FalxError('registryUnsound', {
    file,
    backup: backup ?? 'none',
    detail: { from: 'SQLite', text: said },
  });
}
