import type { Migration } from './migrations.ts';

/** Which scans a run was trained on that had less than its split's training set. What a share comes to changes with decisions and links. */
export const trainingShares: Migration = {
  number: 16,
  sql: `
    CREATE TABLE trainingShares (
      runId TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
      imageIds TEXT NOT NULL CHECK (json_valid(imageIds))
    ) STRICT;
  `,
};
