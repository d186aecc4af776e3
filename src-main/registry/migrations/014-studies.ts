import type { Migration } from './migrations.ts';

/** Studies of runs beyond their test set: another dataset, altered scans. `about` says with what. */
export const studies: Migration = {
  number: 14,
  sql: `
    CREATE TABLE studies (
      runId TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('validation', 'robustness')),
      about TEXT NOT NULL,
      datasetId TEXT REFERENCES datasets (id) ON DELETE CASCADE,
      record TEXT NOT NULL CHECK (json_valid(record)),
      PRIMARY KEY (runId, kind, about)
    ) STRICT, WITHOUT ROWID;
  `,
};
