import { Quarantined } from '../contract/records.ts';
import type { RegistryDatabase } from './database.ts';
import { quarantinedIn } from './imports.ts';

/** Files that could not be read at import. */
export class Quarantine {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  count(datasetId: string): number {
    const row = this.#db.row('SELECT count(*) AS count FROM quarantined WHERE datasetId = ?', datasetId);
    return row!['count'] as number;
  }

  /** By name. */
  list(datasetId: string): Quarantined[] {
    return this.#db
      .query('SELECT * FROM quarantined WHERE datasetId = ? ORDER BY file', datasetId)
      .map((row) => this.#db.read(Quarantined, quarantinedIn(row), 'quarantined'));
  }
}
