import type { Migration } from './migrations.ts';

/**
 * Several pictures per file, their patients, twins among them, users' decisions on those, and what a split guarantees. Links are
 * stored as found; decisions are applied when they are read, so that any can be undone.
 */
export const checks: Migration = {
  number: 3,
  sql: `
    ALTER TABLE images ADD COLUMN frame TEXT;
    ALTER TABLE images ADD COLUMN patient TEXT;
    ALTER TABLE images ADD COLUMN facts TEXT CHECK (facts IS NULL OR json_valid(facts));
    CREATE INDEX imagesByPatient ON images (datasetId, patient) WHERE patient IS NOT NULL;

    ALTER TABLE splits ADD COLUMN certificate TEXT CHECK (certificate IS NULL OR json_valid(certificate));
    ALTER TABLE splits ADD COLUMN fold TEXT CHECK (fold IS NULL OR json_valid(fold));

    CREATE TABLE checks (
      datasetId TEXT PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
      record TEXT NOT NULL CHECK (json_valid(record))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE twins (
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      firstId INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      otherId INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      correlation REAL NOT NULL,
      detail REAL NOT NULL,
      change TEXT CHECK (change IS NULL OR json_valid(change)),
      PRIMARY KEY (datasetId, firstId, otherId)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX twinsByFirst ON twins (firstId);
    CREATE INDEX twinsByOther ON twins (otherId);

    CREATE TABLE decisions (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('drop', 'keep', 'same-patient', 'not-twins')),
      imageIds TEXT NOT NULL CHECK (json_valid(imageIds)),
      created TEXT NOT NULL,
      undone TEXT
    ) STRICT;
    CREATE INDEX decisionsByDataset ON decisions (datasetId);

    CREATE TABLE shortcutAudits (
      datasetId TEXT PRIMARY KEY REFERENCES datasets (id) ON DELETE CASCADE,
      record TEXT NOT NULL CHECK (json_valid(record))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE secrets (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
