import type { Migration } from './migrations.ts';

/**
 * Reasons as code and facts, beside the English sentence kept so far, so that a window can word them in its own language: `{"why":
 * code, …facts}`; null in earlier rows. And why a run's test set could not be evaluated.
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
