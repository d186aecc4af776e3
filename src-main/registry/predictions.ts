import { Prediction } from '../contract/records.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase } from './database.ts';
import { sentenceIn, toldColumn } from './told-columns.ts';

/** What runs answered for files that people gave them. */
export class Predictions {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;

  constructor(db: RegistryDatabase, audit: AuditTrail) {
    this.#db = db;
    this.#audit = audit;
  }

  /** @param model SHA-256 of what answered, where it is known. */
  add(prediction: Prediction, model: string | null = null): void {
    this.#db.write(() => {
      const record = Prediction.parse(prediction);
      const { error, facts, ...rest } = record;
      const { runId, sha256, answer, probability, positive, threshold } = rest;
      const why = facts?.['why'];
      // Neither the file nor the class's name: nothing here may say whose scan it was.
      this.#audit.append('predicted', {
        run: runId,
        model,
        picture: sha256,
        ...(probability === null
          ? { answer: null, why: typeof why === 'string' ? why : null }
          : { answer: probability, said: answer, positive, threshold }),
      });
      this.#db.insert('predictions', {
        ...rest,
        notices: JSON.stringify(rest.notices),
        conformal: rest.conformal && JSON.stringify(rest.conformal),
        told: toldColumn(error, facts),
        positive: positive === null ? null : Number(positive),
      });
    });
  }

  /** Oldest first; with a limit, the newest so many of them. */
  list(runId?: string, limit?: number): Prediction[] {
    return this.#db
      .query(
        `SELECT * FROM (SELECT * FROM predictions WHERE @runId IS NULL OR runId = @runId ORDER BY number DESC LIMIT @limit)
         ORDER BY number`,
        { runId: runId ?? null, limit: limit ?? -1 },
      )
      .map(({ told, ...row }) => {
        const { sentence, ...facts } = sentenceIn(told);
        const positive = row['positive'] === null ? null : row['positive'] === 1;
        const [notices, conformal] = [row['notices'], row['conformal']].map(parsed);
        const record = { ...row, notices, conformal, positive, error: sentence, ...facts };
        return this.#db.read(Prediction, record, 'predictions');
      });
  }

  /** The files that held a scan with this SHA-256 when it was predicted, newest first. */
  scanFiles(sha256: string): string[] {
    return this.#db
      .query('SELECT file FROM predictions WHERE sha256 = ? GROUP BY file ORDER BY max(number) DESC', sha256)
      .map((row) => row['file'] as string);
  }
}

const parsed = (column: unknown): unknown => (typeof column === 'string' ? JSON.parse(column) : null);
