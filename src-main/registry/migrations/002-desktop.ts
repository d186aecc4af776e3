import type { Migration } from './migrations.ts';

/**
 * What the windows need: hiding with undo, names and notes of runs, the order of the queue, the threshold of each prediction (0.5
 * before it could be chosen), preferences, and indexes for paging through images.
 */
export const desktop: Migration = {
  number: 2,
  sql: `
    ALTER TABLE datasets ADD COLUMN removed TEXT;
    ALTER TABLE datasets ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(warnings));
    ALTER TABLE datasets ADD COLUMN positiveSure INTEGER NOT NULL DEFAULT 1 CHECK (positiveSure IN (0, 1));

    CREATE INDEX imagesByDataset ON images (datasetId);
    CREATE INDEX imagesByClass ON images (datasetId, className);

    ALTER TABLE runs ADD COLUMN name TEXT;
    ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
    ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN removed TEXT;
    ALTER TABLE runs ADD COLUMN queuePosition INTEGER;
    UPDATE runs SET queuePosition = number;

    ALTER TABLE predictions ADD COLUMN threshold REAL NOT NULL DEFAULT 0.5;
    CREATE INDEX predictionsBySha256 ON predictions (sha256);

    CREATE TABLE preferences (
      number INTEGER PRIMARY KEY CHECK (number = 1),
      record TEXT NOT NULL CHECK (json_valid(record))
    ) STRICT;
  `,
};
