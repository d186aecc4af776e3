import { ErrorData } from '../contract/failures.ts';
import type { RegistryDatabase } from './database.ts';

/** Why runs could not judge their test parts, the last time they tried. */
export class EvaluationErrors {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Notes why a run's evaluation failed; null: it has not. */
  put(runId: string, error: ErrorData | null): void {
    const { run, write } = this.#db;
    write(() => {
      if (error === null) run('DELETE FROM evaluationErrors WHERE runId = ?', runId);
      else
        run(
          'INSERT OR REPLACE INTO evaluationErrors VALUES (?, ?)',
          runId,
          JSON.stringify(ErrorData.parse(error)),
        );
    });
  }

  /** Run id → why it failed. */
  all(): Map<string, ErrorData> {
    const { query, read } = this.#db;
    return new Map(
      query('SELECT * FROM evaluationErrors').map((row) => [
        row['runId'] as string,
        read(ErrorData, JSON.parse(row['record'] as string), 'evaluationErrors'),
      ]),
    );
  }
}
