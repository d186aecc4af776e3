import { Epoch } from '../contract/records.ts';
import { runProgress, type RunProgress } from './counts.ts';
import type { RegistryDatabase } from './database.ts';

/** The results of each epoch of a run. */
export class Epochs {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Adds an epoch; one that is trained again after an interruption replaces the first. */
  add(runId: string, epoch: Epoch): void {
    this.#db.insert('epochs', { ...Epoch.parse(epoch), runId }, 'OR REPLACE');
  }

  list(runId: string): Epoch[] {
    return this.#db
      .query('SELECT * FROM epochs WHERE runId = ? ORDER BY epoch', runId)
      .map((row) => this.#db.read(Epoch, row, 'epochs'));
  }

  /** For several runs: run id → its epochs, in the given order. */
  ofRuns(runIds: readonly string[]): Map<string, Epoch[]> {
    const found = new Map<string, Epoch[]>(runIds.map((id) => [id, []]));
    const rows = this.#db.query(
      'SELECT * FROM epochs WHERE runId IN (SELECT value FROM json_each(?)) ORDER BY runId, epoch',
      JSON.stringify(runIds),
    );
    for (const row of rows) found.get(row['runId'] as string)!.push(this.#db.read(Epoch, row, 'epochs'));
    return found;
  }

  /** The progress of every run, or of one: run id → epochs done, and the best one's validation accuracy. */
  progress(runId?: string): Map<string, RunProgress> {
    return runProgress(this.#db.query, runId);
  }
}
