import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { shortMessage } from '../system/short-message.ts';
import { connect, guard } from './connection.ts';
import { changedFormat } from './registry-format.ts';
import { knownFormat } from './migrations/migrations.ts';
import { isBeingWritten, OverwriteDetector, moveLogAside } from './overwritten.ts';
import { homeReadOnly } from './read-only.ts';
import { breakSeal, seal } from './seal.ts';

export type Row = Record<string, unknown>;

/**
 * The open registry, as its tables use it: rows are read through a schema, and every write is a transaction. SQLite's errors become
 * FalxError `disk` or `registry`.
 */
export class RegistryDatabase {
  #db: Database;
  /** Absolute. */
  readonly file: string;
  readonly readOnly: boolean;
  readonly #statements = new Map<string, Statement<unknown[]>>();
  #format: Statement<[], number> | undefined;
  /** Identity of the file that was opened, and its log. */
  #opened: string | null;
  #openedLog: string | null;
  #overwriting: OverwriteDetector | null;
  /** Something else has overwritten the file: the open connection is not used any more. */
  #overwritten = false;
  #sealBroken = false;
  #seenVersion: unknown;
  #settled: (committed: boolean) => void = () => undefined;

  constructor(db: Database, file: string, readOnly: boolean) {
    this.#db = db;
    this.file = file;
    this.readOnly = readOnly;
    this.#opened = identityOf(file);
    this.#openedLog = identityOf(logOf(file));
    this.#overwriting = readOnly ? null : OverwriteDetector.of(file);
  }

  /** The data folder. */
  get home(): string {
    return path.dirname(this.file);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  /** Registers a callback for the end of each transaction. */
  onSettled(settled: (committed: boolean) => void): void {
    this.#settled = settled;
  }

  close(): void {
    this.#closeFile();
    if (!this.readOnly && !this.#overwritten && identityOf(this.file) === this.#opened) seal(this.file);
  }

  /** Closes the file while `work` replaces it, and opens the new one. */
  async replaced<T>(work: () => Promise<T>): Promise<T> {
    this.#closeFile();
    try {
      return await work();
    } finally {
      this.#use(connect(this.home));
    }
  }

  /**
   * Reopens the file after something else has replaced it.
   * @throws FalxError `registry` if there is none, or it can't be used; nothing has changed then.
   */
  follow(): void {
    if (identityOf(this.file) === null) throw new FalxError('registryReplaced', { file: this.file });
    // While it is open, SQLite would continue with its cached pages.
    if (this.#overwritten) {
      if (isBeingWritten(this.file)) throw new FalxError('registryReplaced', { file: this.file });
      this.#closeFile();
      return this.#use(connect(this.home));
    }
    if (!this.#takeLogAway()) throw new FalxError('registryInUse', { file: this.file });
    const [before, overwriting] = [this.#db, this.#overwriting];
    this.#use(connect(this.home));
    before.close();
    overwriting?.close();
  }

  #closeFile(): void {
    this.#db.close();
    this.#overwriting?.close();
    this.#overwriting = null;
  }

  #use(db: Database): void {
    this.#statements.clear();
    this.#format = undefined;
    this.#db = db;
    this.#opened = identityOf(this.file);
    this.#openedLog = identityOf(logOf(this.file));
    this.#overwriting = OverwriteDetector.of(this.file);
    this.#overwritten = false;
    this.#sealBroken = false;
    this.#seenVersion = undefined;
  }

  /** All rows. */
  readonly query = (sql: string, ...values: unknown[]): Row[] => {
    this.#refuseClosed();
    this.#refuseReplaced();
    return guard(this.file, () => {
      try {
        return this.prepare(sql).all(...values) as Row[];
      } catch (error) {
        this.#refuseOtherFormat(); // if so, this is the reason
        throw error;
      }
    });
  };

  /** The first row. */
  readonly row = (sql: string, ...values: unknown[]): Row | undefined => this.query(sql, ...values)[0];

  /** Changes rows, in a transaction of its own unless one is open. */
  readonly run = (sql: string, ...values: unknown[]): void =>
    this.write(() => void this.prepare(sql).run(...values));

  /** @param conflict such as `OR REPLACE`. */
  readonly insert = (table: string, row: Row, conflict = ''): void => {
    const columns = Object.keys(row);
    this.run(
      `INSERT ${conflict} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`,
      row,
    );
  };

  /**
   * Runs writes as one: all are stored, or none if `work` throws. Takes the write lock first: a read that became a write could be
   * refused because of a write in between.
   */
  readonly write = <T>(work: () => T): T => {
    // The outer transaction checks, before and after, whether the file is still the one that was opened.
    if (this.#db.inTransaction) return guard(this.file, work);
    this.#refuseClosed();
    if (this.readOnly) throw homeReadOnly(this.home);
    this.#refuseReplaced();
    return guard(this.file, () => {
      if (!this.#sealBroken) {
        this.#refuseOtherFormat();
        breakSeal(this.#db);
        this.#sealBroken = true;
      }
      let committed = false;
      try {
        const result = this.#db
          .transaction(() => {
            this.#refuseOtherFormat();
            this.#refuseReplaced();
            const result = work();
            this.#refuseReplaced();
            return result;
          })
          .immediate();
        committed = true;
        return result;
      } finally {
        this.#settled(committed);
      }
    });
  };

  /** A row parsed by its schema. @throws FalxError `registry` if Falx did not write it so. */
  readonly read = <T>(schema: z.ZodType<T>, row: unknown, table: string): T => {
    const result = schema.safeParse(row);
    if (result.success) return result.data;
    this.#refuseOtherFormat(); // if so, this is the reason
    throw new FalxError(
      'registryRow',
      { file: this.file, table, row, detail: { from: 'zod', text: shortMessage(result.error) } },
      { cause: result.error },
    );
  };

  /** Each statement is prepared once. */
  readonly prepare = (sql: string): Statement<unknown[]> => {
    const statement = this.#statements.get(sql) ?? this.#db.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  };

  /** Whether another process has written to this home since the last call. */
  changedByOthers(): boolean {
    // SQLite increments this number for commits by other connections.
    const version = guard(this.file, () => this.#db.pragma('data_version', { simple: true }));
    const changed = this.#seenVersion !== undefined && version !== this.#seenVersion;
    this.#seenVersion = version;
    return changed;
  }

  /**
   * Another version of Falx may migrate the registry while this one has it open, which must not write any more.
   * @throws FalxError `registry`
   */
  #refuseOtherFormat(): void {
    this.#format ??= this.#db.prepare<[], number>('PRAGMA user_version').pluck();
    const found = this.#format.get()!;
    if (found !== knownFormat) throw changedFormat(this.file, { found, known: knownFormat });
  }

  /**
   * A file that was moved or deleted can still be read and written by processes that have it open: their records would go into a
   * file that nobody uses any more. @throws FalxError `registry`
   */
  #refuseReplaced(): void {
    // A read-only one was copied when it was opened.
    if (this.readOnly) return;
    const found = statSync(this.file, { bigint: true, throwIfNoEntry: false });
    if (nameOf(found) === this.#opened) {
      if (!this.#overwritten && !this.#isOverwritten()) return;
      if (!this.#overwritten && !this.#db.inTransaction) {
        moveLogAside(this.file);
        this.#overwritten = true;
      }
    } else if (!this.#db.inTransaction) this.#takeLogAway();
    throw new FalxError('registryReplaced', { file: this.file });
  }

  /** Checked twice: on a file system where one process does not see another's index writes at once, this is never true. */
  #isOverwritten(): boolean {
    const overwriting = this.#overwriting;
    if (!overwriting?.isOverwritten()) return false;
    if (this.#db.inTransaction) return true;
    const [said] = guard(this.file, () => this.#db.pragma('wal_checkpoint(NOOP)')) as {
      checkpointed: number;
    }[];
    return said?.checkpointed === overwriting.checkpointedPages && overwriting.isOverwritten();
  }

  /**
   * The log of the replaced file may still be beside its replacement: SQLite would apply its pages to the wrong file. They are
   * written where they belong, and the log is removed. @returns false while another process has the replaced file open, too.
   */
  #takeLogAway(): boolean {
    const log = logOf(this.file);
    if (this.#openedLog === null || identityOf(log) !== this.#openedLog) return true;
    const [said] = guard(this.file, () => this.#db.pragma('wal_checkpoint(TRUNCATE)')) as { busy: number }[];
    if (said?.busy !== 0) return false;
    for (const gone of [log, `${this.file}-shm`]) rmSync(gone, { force: true });
    return true;
  }

  #refuseClosed(): void {
    if (this.#db.open) return;
    if (this.#overwritten) throw new FalxError('registryReplaced', { file: this.file });
    throw new FalxError('registryRestoring', {});
  }
}

const logOf = (file: string): string => `${file}-wal`;

/** Another file has another identity, even under the same name. Null if there is none. */
const identityOf = (file: string): string | null =>
  nameOf(statSync(file, { bigint: true, throwIfNoEntry: false }));

const nameOf = (found: { dev: bigint; ino: bigint } | undefined): string | null =>
  found ? `${found.dev} ${found.ino}` : null;

/** A JSON column that may be null. */
export const parsed = (column: unknown): unknown => (column === null ? null : JSON.parse(column as string));

/** A value for a JSON column that may be null. */
export const stringified = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
