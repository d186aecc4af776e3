import type { Database } from 'better-sqlite3';
import { messageOfWorded } from '../../contract/errors.ts';
import type { Migration } from './migrations.ts';

type Facts = Record<string, unknown> | null | undefined;

/** The message of a sentence and its facts; if they are not enough, the sentence as it is, `legacy`. */
const toldOf = (message: string, facts: Facts) => messageOfWorded({ message, facts: facts ?? null });
const column = (sentence: unknown, facts: unknown): string | null =>
  sentence === null
    ? null
    : JSON.stringify(
        toldOf(sentence as string, facts === null ? null : (JSON.parse(facts as string) as Facts)),
      );

/**
 * Why files are in quarantine, predictions have no answer, runs ended and evaluations failed, and which files a check left out:
 * kept as English sentences with facts so far, now only as codes with parameters.
 */
export const messages: Migration = {
  number: 12,
  sql: `
    ALTER TABLE quarantined RENAME TO quarantinedBefore;
    CREATE TABLE quarantined (
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      told TEXT NOT NULL CHECK (json_valid(told)),
      className TEXT,
      givenPart TEXT CHECK (givenPart IN ('train', 'validation', 'test')),
      patient TEXT,
      PRIMARY KEY (datasetId, file)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE predictions ADD COLUMN told TEXT CHECK (told IS NULL OR json_valid(told));
    ALTER TABLE runs ADD COLUMN told TEXT CHECK (told IS NULL OR json_valid(told));
  `,
  rows(db: Database) {
    db.function('falx_told', { deterministic: true }, column);
    db.exec(`
      INSERT INTO quarantined (datasetId, file, told, className, givenPart, patient)
        SELECT datasetId, file, falx_told(reason, facts), className, givenPart, patient FROM quarantinedBefore;
      DROP TABLE quarantinedBefore;
      UPDATE predictions SET told = falx_told(error, facts) WHERE error IS NOT NULL;
      ALTER TABLE predictions DROP COLUMN error;
      ALTER TABLE predictions DROP COLUMN facts;
      UPDATE runs SET told = falx_told(error, errorFacts) WHERE error IS NOT NULL;
      ALTER TABLE runs DROP COLUMN error;
      ALTER TABLE runs DROP COLUMN errorFacts;
    `);
    inRecords(db, 'checks', 'datasetId', (check: { unreadable?: Left[] }) => ({
      ...check,
      unreadable: (check.unreadable ?? []).map(({ reason, facts, ...file }) => ({
        ...file,
        told: toldOf(reason, facts),
      })),
    }));
    inRecords(db, 'evaluationErrors', 'runId', ({ code, message, facts }: Failed) => ({
      code,
      told: toldOf(message, facts),
    }));
  },
};

type Left = { file: string; reason: string; facts?: Facts };
type Failed = { code: string; message: string; facts: Facts };

function inRecords<T>(db: Database, table: string, key: string, change: (record: T) => unknown): void {
  const update = db.prepare(`UPDATE ${table} SET record = ? WHERE ${key} = ?`);
  for (const row of db.prepare(`SELECT ${key} AS id, record FROM ${table}`).all()) {
    const { id, record } = row as { id: string; record: string };
    update.run(JSON.stringify(change(JSON.parse(record) as T)), id);
  }
}
