import { Epoch } from '../contract/records.ts';
import { runProgress, type RunProgress } from './counts.ts';
import type { RegistryDatabase } from './database.ts';

/** What each epoch of a run came to. */
export class Epochs {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Adds an epoch; one trained again after an interruption takes the place of the first. */
  add(runId: string, epoch: Epoch): void {
    this.#db.insert('epochs', { ...Epoch.parse(epoch), runId }, 'OR REPLACE');
  }

  list(runId: string): Epoch[] {
    return this.#db
      .query('SELECT * FROM epochs WHERE runId = ? ORDER BY epoch', runId)
      .map((row) => this.#db.read(Epoch, row, 'epochs'));
  }

  /** Of several runs: run id → its epochs, in the order asked. */
  ofRuns(runIds: readonly string[]): Map<string, Epoch[]> {
    const found = new Map<string, Epoch[]>(runIds.map((id) => [id, []]));
    const rows = this.#db.query(
      'SELECT * FROM epochs WHERE runId IN (SELECT value FROM json_each(?)) ORDER BY runId, epoch',
      JSON.stringify(runIds),
    );
    for (const row of rows) found.get(row['runId'] as string)!.push(this.#db.read(Epoch, row, 'epochs'));
    return found;
  }

  /** How far every run, or one, has come: run id → epochs done, and the best one's validation accuracy. */
  progress(runId?: string): Map<string, RunProgress> {
    return runProgress(this.#db.query, runId);
  }
}
