import type { Migration } from './migrations.ts';

/**
 * What an import needs to resume, and to read only changed files: the state of every file when it was read, where a dataset came
 * from, and the class that a file in quarantine would have had. `storedBy` is the process that is still storing a dataset, batch by
 * batch; null once it is complete, which makes it visible.
 */
export const imports: Migration = {
  number: 4,
  sql: `
    ALTER TABLE datasets ADD COLUMN storedBy INTEGER;
    ALTER TABLE datasets ADD COLUMN source TEXT CHECK (source IS NULL OR json_valid(source));

    ALTER TABLE quarantined ADD COLUMN className TEXT;
    ALTER TABLE quarantined ADD COLUMN givenPart TEXT CHECK (givenPart IN ('train', 'validation', 'test'));
    ALTER TABLE quarantined ADD COLUMN patient TEXT;

    CREATE TABLE files (
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      stamp TEXT,
      PRIMARY KEY (datasetId, file)
    ) STRICT, WITHOUT ROWID;
  `,
};
