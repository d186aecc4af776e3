import { Metrics, type Part } from '../contract/records.ts';
import { sha256Of } from '../system/hashes.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase } from './database.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';

/** Metrics of runs on a set of their split. */
export class MetricsTable {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  readonly #errors: EvaluationErrors;

  constructor(db: RegistryDatabase, audit: AuditTrail, errors: EvaluationErrors) {
    this.#db = db;
    this.#audit = audit;
    this.#errors = errors;
  }

  /** Stores the metrics of a run on one set, replacing earlier ones, or an error. */
  put(metrics: Metrics): void {
    const stored = Metrics.parse(metrics);
    const { runId, part } = stored;
    const record = JSON.stringify(stored);
    this.#db.write(() => {
      this.#db.insert('metrics', { runId, part, record }, 'OR REPLACE');
      this.#errors.put(runId, null);
      this.#audit.append('run-evaluated', { run: runId, part, metrics: sha256Of(record) });
    });
  }

  list(runId: string, part?: Part): Metrics[] {
    return this.#db
      .query('SELECT record FROM metrics WHERE runId = ? ORDER BY part', runId)
      .map((row) => this.#read(row['record']))
      .filter((metrics) => part === undefined || metrics.part === part);
  }

  /** Run id → the metrics on one set, for every run that has them. */
  byRun(part: Part): Map<string, Metrics> {
    const rows = this.#db.query('SELECT runId, record FROM metrics WHERE part = ?', part);
    return new Map(rows.map((row) => [row['runId'] as string, this.#read(row['record'])]));
  }

  #read(record: unknown): Metrics {
    return this.#db.read(Metrics, JSON.parse(record as string), 'metrics');
  }
}
