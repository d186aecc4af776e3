import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { guard } from './connection.ts';

/**
 * Holds a lock that the system releases when this process ends, in whatever way, and that every process on this machine sees,
 * regardless of clocks and pid namespaces. (SQLite's exclusive transaction on an empty file: the system's own file locks, which
 * Node does not offer.)
 * @param file is created; it stays empty.
 * @param patience how long to wait for another's lock, milliseconds.
 * @returns the function to release it; null while another process holds it. @throws FalxError `disk` if the file can't be created.
 */
export function holdLock(file: string, patience = 0): (() => void) | null {
  return guard(file, () => {
    const db = new SQLite(file, { timeout: patience });
    try {
      db.pragma('journal_mode = MEMORY'); // otherwise there is a journal beside it meanwhile
      db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      db.close();
      if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
      throw error;
    }
    return () => db.close();
  });
}

/** A process that only checks whether a lock is held has it for a moment, milliseconds. */
const LOOKED_AT = 500;

/** The locks on runs that are being trained, in `<home>/locks`. */
export class RunLocks {
  readonly #home: string;
  readonly #held = new Map<string, () => void>();

  constructor(home: string) {
    this.#home = home;
  }

  /** @returns false while another process holds it. */
  take(runId: string): boolean {
    if (this.#held.has(runId)) return true;
    mkdirSync(path.join(this.#home, 'locks'), { recursive: true });
    const release = holdLock(this.#fileOf(runId), LOOKED_AT);
    if (release) this.#held.set(runId, release);
    return release !== null;
  }

  /** Whether a living process holds it; null for a run that an earlier version of Falx claimed without one. */
  isHeld(runId: string): boolean | null {
    if (this.#held.has(runId)) return true;
    const file = this.#fileOf(runId);
    if (!existsSync(file)) return null;
    const release = holdLock(file);
    release?.();
    return release === null;
  }

  /** The file stays: another process may be waiting for its lock, and a third would lock a new file. */
  release(runId: string): void {
    this.#held.get(runId)?.();
    this.#held.delete(runId);
  }

  close(): void {
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }

  #fileOf(runId: string): string {
    return path.join(this.#home, 'locks', `${runId}.lock`);
  }
}
