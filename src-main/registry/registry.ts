import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { restrictRights } from '../system/rights.ts';
import { AuditTrail } from './audit-trail.ts';
import { restoreBackup, type Restored } from './backups.ts';
import { Checks } from './checks.ts';
import { connect, guard } from './connection.ts';
import { RegistryDatabase } from './database.ts';
import { Datasets } from './datasets.ts';
import { Epochs } from './epochs.ts';
import { EvaluationErrors } from './evaluation-errors.ts';
import { Images } from './images.ts';
import { Imports } from './imports.ts';
import { RunLocks } from './process-lock.ts';
import { MetricsTable } from './metrics.ts';
import { knownFormat } from './migrations/migrations.ts';
import { Parts } from './parts.ts';
import { Predictions } from './predictions.ts';
import { PreferencesTable } from './preferences.ts';
import { Quarantine } from './quarantine.ts';
import { homeReadOnly, isReadOnly, openReadOnly } from './read-only.ts';
import { RunQueue } from './run-queue.ts';
import { Runs } from './runs.ts';
import { Secrets } from './secrets.ts';
import { Splits } from './splits.ts';
import { Remarks } from './remarks.ts';
import { Studies } from './studies.ts';
import { TestPredictions } from './test-predictions.ts';
import { TrainingShares } from './training-shares.ts';

export { newId } from './ids.ts';
export type { DatasetNotes, NewImage } from './imports.ts';
export type { ImagePart } from './parts.ts';
export type { PreferencesChange } from './preferences.ts';

/**
 * All of Falx's records, in one SQLite file, table by table. Every record is validated with the contract's schema when written and
 * read. Any number of processes may have the same home open: writes wait for each other, none is lost.
 * Every method throws FalxError `disk` or `registry` if SQLite fails; those that take an id throw `not-found`.
 */
export class Registry {
  readonly #db: RegistryDatabase;
  readonly #locks: RunLocks;
  readonly datasets: Datasets;
  readonly images: Images;
  readonly quarantine: Quarantine;
  /** Datasets being imported. */
  readonly imports: Imports;
  /** Checks for twins, decisions and shortcut audits. */
  readonly checks: Checks;
  readonly splits: Splits;
  readonly parts: Parts;
  readonly runs: Runs;
  readonly queue: RunQueue;
  readonly epochs: Epochs;
  readonly metrics: MetricsTable;
  readonly evaluationErrors: EvaluationErrors;
  readonly testPredictions: TestPredictions;
  readonly studies: Studies;
  readonly trainingShares: TrainingShares;
  readonly remarks: Remarks;
  readonly predictions: Predictions;
  readonly preferences: PreferencesTable;
  readonly secrets: Secrets;
  /** The audit trail of this home. */
  readonly audit: AuditTrail;
  /** Number of files and folders that other users could read until it was opened; null if that could not be changed. */
  readonly mended: number | null;

  private constructor(database: Database, file: string, mended: number | null, readOnly = false) {
    const db = new RegistryDatabase(database, file, readOnly);
    this.#db = db;
    this.#locks = new RunLocks(this.home);
    this.mended = mended;
    this.audit = new AuditTrail(db, this.home);
    db.onSettled((committed) => this.audit.settled(committed));
    this.imports = new Imports(db);
    this.quarantine = new Quarantine(db);
    this.datasets = new Datasets(db, this.audit, this.imports, this.quarantine);
    this.images = new Images(db, this.datasets);
    this.checks = new Checks(db, this.audit);
    this.splits = new Splits(db, this.audit, this.datasets);
    this.parts = new Parts(db, this.datasets, this.splits);
    this.runs = new Runs(db, this.audit, this.#locks, this.datasets, this.splits);
    this.queue = new RunQueue(db, this.audit, this.#locks, this.runs);
    this.epochs = new Epochs(db);
    this.evaluationErrors = new EvaluationErrors(db);
    this.metrics = new MetricsTable(db, this.audit, this.evaluationErrors);
    this.testPredictions = new TestPredictions(db);
    this.remarks = new Remarks(db);
    this.studies = new Studies(db, this.audit);
    this.trainingShares = new TrainingShares(db);
    this.predictions = new Predictions(db, this.audit);
    this.preferences = new PreferencesTable(db);
    this.secrets = new Secrets(db);
  }

  /** Opens `<home>/registry.sqlite`, creating and migrating it as needed; read-only if it can't be written. */
  static open(home: string): Registry {
    const file = path.join(home, 'registry.sqlite');
    if (isReadOnly(file))
      return new Registry(
        guard(file, () => openReadOnly(file)),
        file,
        0,
        true,
      );
    const db = connect(home);
    try {
      return new Registry(db, file, restrictRights(home));
    } catch (error) {
      // Another user's home: only they can change its permissions.
      if (['EPERM', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return new Registry(db, file, null);
      db.close();
      throw error;
    }
  }

  close(): void {
    this.#locks.close();
    this.#db.close();
  }

  /**
   * Restores a backup, and continues with it. The former registry is kept; meanwhile no other call is possible.
   * @param wanted a path, or the name of a file in the backups' folder.
   * @throws FalxError as `restoreBackup`; nothing has changed then.
   */
  async restore(wanted: string): Promise<Restored> {
    const { home } = this;
    if (this.readOnly) throw homeReadOnly(home);
    this.#locks.close();
    try {
      return await this.#db.replaced(() => restoreBackup(home, wanted, knownFormat));
    } finally {
      this.images.forgetCounts();
    }
  }

  /**
   * Continues with the registry that replaced this one while it was open; until then all calls are refused. The caller makes sure
   * that nothing is running.
   * @throws FalxError `registry` if there is none, or it can't be used; nothing has changed then.
   */
  follow(): void {
    this.#db.follow();
    this.images.forgetCounts();
  }

  /** The data folder. */
  get home(): string {
    return this.#db.home;
  }

  /** The database's path, absolute. */
  get file(): string {
    return this.#db.file;
  }

  /** The home is read-only: the registry is shown as it was when opened, and every change is refused. */
  get readOnly(): boolean {
    return this.#db.readOnly;
  }

  /** Runs several calls in one transaction: all are stored, or none if one throws. */
  transaction<T>(work: () => T): T {
    return this.#db.write(work);
  }

  /** Whether another process has written to this home since the last call. */
  changedByOthers(): boolean {
    return this.#db.changedByOthers();
  }
}
