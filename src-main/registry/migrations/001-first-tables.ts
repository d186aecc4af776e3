import type { Migration } from './migrations.ts';

/**
 * Columns have the names of the contract's fields, so a row is a record once its JSON columns are parsed. `number` keeps the order
 * in which records were added, since several can have the same millisecond.
 */
export const firstTables: Migration = {
  number: 1,
  sql: `
    CREATE TABLE datasets (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      folder TEXT NOT NULL,
      created TEXT NOT NULL,
      classes TEXT NOT NULL CHECK (json_valid(classes)),
      positive TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;

    CREATE TABLE images (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      className TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      format TEXT NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      givenPart TEXT CHECK (givenPart IN ('train', 'validation', 'test')),
      UNIQUE (datasetId, file)
    ) STRICT;
    CREATE INDEX imagesBySha256 ON images (sha256);

    CREATE TABLE quarantined (
      datasetId TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (datasetId, file)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE splits (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      datasetId TEXT NOT NULL REFERENCES datasets (id),
      created TEXT NOT NULL,
      method TEXT NOT NULL,
      seed INTEGER NOT NULL,
      testFraction REAL NOT NULL,
      validationFraction REAL NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;

    CREATE TABLE parts (
      splitId TEXT NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
      imageId INTEGER NOT NULL REFERENCES images (id),
      part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'test')),
      PRIMARY KEY (splitId, imageId)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX partsByImage ON parts (imageId);

    CREATE TABLE runs (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      splitId TEXT NOT NULL REFERENCES splits (id),
      network TEXT NOT NULL,
      status TEXT NOT NULL,
      settings TEXT NOT NULL CHECK (json_valid(settings)),
      datasetHash TEXT NOT NULL,
      splitHash TEXT NOT NULL,
      folder TEXT NOT NULL,
      created TEXT NOT NULL,
      started TEXT,
      ended TEXT,
      bestEpoch INTEGER,
      error TEXT,
      versions TEXT NOT NULL CHECK (json_valid(versions)),
      device TEXT,
      weightsSha256 TEXT,
      pid INTEGER
    ) STRICT;
    CREATE INDEX runsByStatus ON runs (status);

    CREATE TABLE epochs (
      runId TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      epoch INTEGER NOT NULL,
      phase TEXT NOT NULL,
      learningRate REAL NOT NULL,
      trainLoss REAL NOT NULL,
      trainAccuracy REAL NOT NULL,
      validationLoss REAL,
      validationAccuracy REAL,
      seconds REAL NOT NULL,
      imagesPerSecond REAL NOT NULL,
      PRIMARY KEY (runId, epoch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE metrics (
      runId TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'test')),
      record TEXT NOT NULL CHECK (json_valid(record)),
      PRIMARY KEY (runId, part)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE testPredictions (
      runId TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      imageId INTEGER NOT NULL REFERENCES images (id),
      probability REAL NOT NULL,
      PRIMARY KEY (runId, imageId)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE predictions (
      number INTEGER PRIMARY KEY,
      runId TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      file TEXT NOT NULL,
      sha256 TEXT,
      probability REAL,
      label TEXT,
      positive INTEGER CHECK (positive IN (0, 1)),
      milliseconds REAL,
      error TEXT,
      created TEXT NOT NULL
    ) STRICT;
    CREATE INDEX predictionsByRun ON predictions (runId);
  `,
};
