import { Prediction } from '../contract/records.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase } from './database.ts';
import { sentenceIn, toldColumn } from './told-columns.ts';

/** Runs' answers for users' files. */
export class Predictions {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  /** SHA-256 → files of scans whose answers are not stored: they can be shown until this process ends. */
  readonly #passing = new Map<string, Set<string>>();

  constructor(db: RegistryDatabase, audit: AuditTrail) {
    this.#db = db;
    this.#audit = audit;
  }

  /**
   * @param model SHA-256 of the model that predicted, if known.
   * @param kept whether it is listed from now on; the audit trail, which has no names, records it in any case.
   */
  add(prediction: Prediction, model: string | null = null, kept = true): void {
    this.#db.write(() => {
      const record = Prediction.parse(prediction);
      // Series are put together among the answers on one question, not in the history.
      const { error, facts, slice: _, ...rest } = record;
      const { runId, sha256, answer, probability, positive, threshold } = rest;
      const why = facts?.['why'];
      // Neither the file nor the class's name: nothing here may identify a patient.
      this.#audit.append('predicted', {
        run: runId,
        model,
        picture: sha256,
        ...(probability === null
          ? { answer: null, why: typeof why === 'string' ? why : null }
          : { answer: probability, said: answer, positive, threshold }),
      });
      if (!kept) return this.#pass(record);
      this.#db.insert('predictions', {
        ...rest,
        notices: JSON.stringify(rest.notices),
        conformal: rest.conformal && JSON.stringify(rest.conformal),
        told: toldColumn(error, facts),
        positive: positive === null ? null : Number(positive),
      });
    });
  }

  /** Oldest first; with a limit, only the newest. */
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

  /** The files that had this SHA-256 when they were predicted, newest first. */
  scanFiles(sha256: string): string[] {
    const kept = this.#db
      .query('SELECT file FROM predictions WHERE sha256 = ? GROUP BY file ORDER BY max(number) DESC', sha256)
      .map((row) => row['file'] as string);
    return [...new Set([...(this.#passing.get(sha256) ?? []), ...kept])];
  }

  /** Whether nothing of a scan may be left on disk. */
  isPassing(sha256: string): boolean {
    return (
      this.#passing.has(sha256) &&
      this.#db.query('SELECT 1 FROM predictions WHERE sha256 = ? LIMIT 1', sha256).length === 0
    );
  }

  /**
   * Deletes the answers on a scan, by its content or, if it was unreadable, its path; on all scans if none is given.
   * @returns the SHA-256 of what was deleted.
   */
  delete(scan: { sha256: string | null; file: string } | null): string[] {
    const [where, value] =
      scan === null
        ? ['1 = ?', 1]
        : scan.sha256 === null
          ? ['file = ?', scan.file]
          : ['sha256 = ?', scan.sha256];
    return this.#db.write(() => {
      const rows = this.#db.query(
        `SELECT sha256, count(*) AS count FROM predictions WHERE ${where} GROUP BY sha256`,
        value,
      );
      const answers = rows.reduce((sum, { count }) => sum + (count as number), 0);
      if (answers === 0) return [];
      this.#db.run(`DELETE FROM predictions WHERE ${where}`, value);
      this.#audit.append('history-deleted', { answers });
      return rows.flatMap(({ sha256 }) => (typeof sha256 === 'string' ? [sha256] : []));
    });
  }

  #pass({ sha256, file }: Prediction): void {
    if (sha256 === null) return;
    this.#passing.set(sha256, (this.#passing.get(sha256) ?? new Set()).add(file));
  }
}

const parsed = (column: unknown): unknown => (typeof column === 'string' ? JSON.parse(column) : null);
