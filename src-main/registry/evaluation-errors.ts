import { z } from 'zod';
import { messageOfWorded } from '../contract/errors.ts';
import { ErrorData } from '../contract/failures.ts';
import { Part as Told } from '../contract/messages/parameters.ts';
import type { RegistryDatabase } from './database.ts';
import { sentenceOf } from './told-columns.ts';

/** As stored in the registry: a code in place of a sentence. */
const Stored = z.object({ code: z.string(), told: Told });
type Stored = z.infer<typeof Stored>;

const stored = ({ code, ...error }: ErrorData): Stored => ({ code, told: messageOfWorded(error) });

function errorIn({ code, told }: Stored): ErrorData {
  const { sentence, facts } = sentenceOf(told);
  return { code, message: sentence, facts: facts ?? {} };
}

/** Why runs could not be evaluated the last time it was tried. */
export class EvaluationErrors {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Stores why a run's evaluation failed; null: it did not. */
  put(runId: string, error: ErrorData | null): void {
    const { run, write } = this.#db;
    write(() => {
      if (error === null) run('DELETE FROM evaluationErrors WHERE runId = ?', runId);
      else
        run(
          'INSERT OR REPLACE INTO evaluationErrors VALUES (?, ?)',
          runId,
          JSON.stringify(stored(ErrorData.parse(error))),
        );
    });
  }

  /** Run id → why it failed. */
  all(): Map<string, ErrorData> {
    const { query, read } = this.#db;
    return new Map(
      query('SELECT * FROM evaluationErrors').map((row) => [
        row['runId'] as string,
        errorIn(read(Stored, JSON.parse(row['record'] as string), 'evaluationErrors')),
      ]),
    );
  }
}
