import type { Migration } from './migrations.ts';

/**
 * The training images of runs that used only a share of their split's training set: they can't be derived later, since decisions
 * and links change.
 */
export const trainingShares: Migration = {
  number: 16,
  sql: `
    CREATE TABLE trainingShares (
      runId TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
      imageIds TEXT NOT NULL CHECK (json_valid(imageIds))
    ) STRICT;
  `,
};
