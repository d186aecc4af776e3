import type { Migration } from './migrations.ts';

/**
 * Why things went wrong as code and facts, beside the English sentence that was kept so far, so that a window can say it
 * in its own language: `{"why": code, …facts}`; null in rows of before. And why a run's test part could not be judged.
 */
export const told: Migration = {
  number: 5,
  sql: `
    ALTER TABLE quarantined ADD COLUMN facts TEXT CHECK (facts IS NULL OR json_valid(facts));
    ALTER TABLE predictions ADD COLUMN facts TEXT CHECK (facts IS NULL OR json_valid(facts));
    ALTER TABLE runs ADD COLUMN errorFacts TEXT CHECK (errorFacts IS NULL OR json_valid(errorFacts));

    CREATE TABLE evaluationErrors (
      runId TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
      record TEXT NOT NULL CHECK (json_valid(record))
    ) STRICT, WITHOUT ROWID;
  `,
};
