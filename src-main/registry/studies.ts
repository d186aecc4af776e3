import { StoredRobustness, StoredValidation } from '../contract/studies.ts';
import { sha256Of } from '../system/hashes.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase } from './database.ts';

/** Studies of runs beyond their test set; a newer one replaces an earlier one. */
export class Studies {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;

  constructor(db: RegistryDatabase, audit: AuditTrail) {
    this.#db = db;
    this.#audit = audit;
  }

  putValidation(validation: StoredValidation): void {
    const { runId, datasetId } = validation;
    const record = JSON.stringify(StoredValidation.parse(validation));
    this.#db.write(() => {
      const row = { runId, kind: 'validation', about: datasetId, datasetId, record };
      this.#db.insert('studies', row, 'OR REPLACE');
      this.#audit.append('run-validated', { run: runId, dataset: datasetId, answers: sha256Of(record) });
    });
  }

  validation(runId: string, datasetId: string): StoredValidation | null {
    const [row] = this.#db.query(
      `SELECT record FROM studies WHERE runId = ? AND kind = 'validation' AND about = ?`,
      runId,
      datasetId,
    );
    return row ? this.#db.read(StoredValidation, JSON.parse(row['record'] as string), 'studies') : null;
  }

  /** Ids of the datasets in use on which a run was validated. */
  validatedOn(runId: string): string[] {
    return this.#db
      .query(
        `SELECT datasetId FROM studies JOIN datasets ON datasets.id = datasetId
         WHERE runId = ? AND kind = 'validation' AND removed IS NULL ORDER BY datasetId`,
        runId,
      )
      .map((row) => row['datasetId'] as string);
  }

  putRobustness(robustness: StoredRobustness): void {
    const { runId } = robustness;
    const record = JSON.stringify(StoredRobustness.parse(robustness));
    this.#db.write(() => {
      const row = { runId, kind: 'robustness', about: 'test', datasetId: null, record };
      this.#db.insert('studies', row, 'OR REPLACE');
      this.#audit.append('robustness-measured', { run: runId, answers: sha256Of(record) });
    });
  }

  robustness(runId: string): StoredRobustness | null {
    const [row] = this.#db.query(`SELECT record FROM studies WHERE runId = ? AND kind = 'robustness'`, runId);
    return row ? this.#db.read(StoredRobustness, JSON.parse(row['record'] as string), 'studies') : null;
  }
}
